import { type AssurancePolicy, identityAssurance } from "../assurance/index.ts";
import type { Level } from "../assurance/facts.ts";
import type { PersonId } from "../identifiers.ts";
import type { Transaction } from "../storage/index.ts";
import { announceAll, type Initiator, type LifecycleEvent, type LifecycleReason } from "./announcements.ts";
import { findPeopleWithin } from "./people.ts";
import { currentEvidence, type EvidenceRecord, isStanding, maySignIn, type PasskeyRecord, type PersonRecord } from "./records.ts";

/** What is common to one change of a person. */
export interface Change {
  readonly personId: PersonId;
  readonly at: number;
  readonly initiator: Initiator;
  readonly reason: LifecycleReason;
  /** By which levels before and after are computed. */
  readonly policy: AssurancePolicy;
}

/**
 * Makes one change of a person and announces what differs afterwards, all in the caller's transaction.
 * Every transition goes through here or through {@link changePeople}, so that none can change a person and
 * tell nobody.
 */
export async function changePerson<Result>(transaction: Transaction, change: Change, make: (before: PersonRecord | null) => Promise<Result>): Promise<Result> {
  return changePeople(transaction, [change], (before) => make(before.get(change.personId) ?? null));
}

/** The same for several people, none of them twice: what a change costs beside its own statements they share. */
export async function changePeople<Result>(transaction: Transaction, changes: readonly Change[], make: (before: ReadonlyMap<PersonId, PersonRecord>) => Promise<Result>): Promise<Result> {
  const people = changes.map(({ personId }) => personId);
  const before = await findPeopleWithin(transaction, people);
  const result = await make(before);
  const after = await findPeopleWithin(transaction, people);
  await announceAll(transaction, changes.flatMap(({ personId, at, initiator, reason, policy }) => {
    const [was, is] = [before.get(personId), after.get(personId)];
    return was === undefined || is === undefined ? [] : [{ personId, at, initiator, events: differences(was, is, reason, at, policy) }];
  }));
  return result;
}

/** What relying parties hear when a person was `before` and is `after`, most important first. Pure. */
export function differences(before: PersonRecord, after: PersonRecord, reason: LifecycleReason, now: number, policy: AssurancePolicy): LifecycleEvent[] {
  return [
    ...standingEvents(before, after, reason),
    ...(before.recoveredAt === after.recoveredAt ? [] : [{ kind: "recovery_activated", reason } as const]),
    ...credentialEvents(describePasskey, before.passkeys, after.passkeys, passkeyUse, reason),
    ...credentialEvents(() => ({ credential: "certificate" }), certificates(before), certificates(after), certificateUse, reason),
    ...attributeEvents(before, after, reason),
    ...levelEvents(toldLevel(before, now, policy), toldLevel(after, now, policy), reason),
    ...(before.sessionsEndedAt === after.sessionsEndedAt ? [] : [{ kind: "sessions_ended", reason } as const]),
  ];
}

/**
 * The identity assurance level that relying parties take the person to have: as it was when the status was
 * last asked for. That a status ages is announced to nobody, so it is no change; an expiry is.
 */
export function toldLevel(person: PersonRecord, now: number, policy: AssurancePolicy): Level {
  const evidence = currentEvidence(person);
  const asked = evidence === null || now > evidence.expiresAt ? now : Math.max(evidence.verifiedAt, evidence.status.checkedAt);
  return identityAssurance(person.state, evidence, asked, policy).level;
}

function standingEvents(before: PersonRecord, after: PersonRecord, reason: LifecycleReason): LifecycleEvent[] {
  if (after.state === "erased") return before.state === "erased" ? [] : [{ kind: "account_purged", reason }];
  if (maySignIn(before) === maySignIn(after)) return [];
  return [{ kind: maySignIn(after) ? "account_enabled" : "account_disabled", reason }];
}

const levelEvents = (from: Level, to: Level, reason: LifecycleReason): LifecycleEvent[] => (from === to ? [] : [{ kind: "assurance_level_changed", of: "ial", from, to, reason }]);

type Use = "none" | "usable" | "suspended" | "ended";

const passkeyUse = ({ state }: PasskeyRecord): Use => (state === "active" ? "usable" : state === "suspended" ? "suspended" : state === "pending" ? "none" : "ended");

type DescribedCredential = Pick<Extract<LifecycleEvent, { kind: "credential_changed" }>, "credential" | "roaming">;

/** A passkey as relying parties hear of it. One that roams is neither in the device nor in a phone beside it (WebAuthn 5.8.4). */
export function describePasskey({ transports }: PasskeyRecord): DescribedCredential {
  const isRoaming = transports.length > 0 && !transports.some((transport) => transport === "internal" || transport === "hybrid");
  return { credential: "passkey", ...(isRoaming && { roaming: true }) };
}

const certificates = (person: PersonRecord): readonly EvidenceRecord[] => person.evidence.filter(({ kind }) => kind === "jpki_user_authentication");

function certificateUse(evidence: EvidenceRecord): Use {
  const { status } = evidence;
  if (!isStanding(evidence) || status.status === "revoked") return "ended";
  return status.status === "hold" ? "suspended" : "usable";
}

function credentialEvents<Item extends { readonly id: string }>(
  describe: (item: Item) => DescribedCredential, before: readonly Item[], after: readonly Item[], useOf: (item: Item) => Use, reason: LifecycleReason,
): LifecycleEvent[] {
  const useIn = (items: readonly Item[], id: string): Use => {
    const item = items.find((each) => each.id === id);
    return item === undefined ? "none" : useOf(item);
  };
  return [...new Map([...before, ...after].map((item) => [item.id, item])).values()].flatMap((item): LifecycleEvent[] => {
    const change = changeOfUse(useIn(before, item.id), useIn(after, item.id));
    return change === null ? [] : [{ kind: "credential_changed", ...describe(item), change, reason }];
  });
}

function changeOfUse(from: Use, to: Use): "create" | "revoke" | "update" | "delete" | null {
  if (from === to || from === "ended" || (from === "none" && to !== "usable")) return null;
  if (from === "none") return "create";
  if (to === "none") return "delete";
  return to === "ended" ? "revoke" : "update";
}

/** What a signature certificate states is told to relying parties only while it is good. */
function attributeEvents(before: PersonRecord, after: PersonRecord, reason: LifecycleReason): LifecycleEvent[] {
  const tells = (person: PersonRecord): boolean => person.evidence.some((evidence) => evidence.kind === "jpki_signature" && isStanding(evidence) && evidence.status.status === "good");
  return tells(before) && !tells(after) ? [{ kind: "token_claims_changed", claims: ["verified_claims"], reason }] : [];
}
