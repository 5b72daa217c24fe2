import { setImmediate } from "node:timers/promises";
import { type AssurancePolicy, assure } from "../assurance/index.ts";
import type { AuthenticatorFacts, Level } from "../assurance/facts.ts";
import { asIdentifier, type PersonId } from "../identifiers.ts";
import type { Storage, Transaction } from "../storage/index.ts";
import { announce, type LifecycleEvent } from "./announcements.ts";
import { describePasskey } from "./changes.ts";
import { findPersonWithin } from "./people.ts";
import { currentEvidence, type PersonRecord } from "./records.ts";

const batch = 5;

/** Models of authenticators as FIDO metadata calls them now. */
export interface ModelStates {
  readonly compromised: readonly string[];
  readonly statusOf: (aaguid: string) => AuthenticatorFacts["metadata"];
}

/**
 * Tells relying parties of every active passkey whose model metadata calls compromised and did not when
 * they were last told, or the other way round; with the level that the person can reach now, where it is
 * another. May be interrupted at any time and run by several processes at once: each passkey is told of
 * once, in the transaction that notes it.
 * @returns how many people it was told of.
 */
export async function tellModelChanges(storage: Storage, policy: AssurancePolicy, models: ModelStates, now: number): Promise<number> {
  let told = 0;
  for (const isBad of [true, false]) {
    const aaguid = isBad ? { in: [...models.compromised] } : { notIn: [...models.compromised] };
    const where = { state: "active", toldCompromised: !isBad, aaguid };
    for (;;) {
      // The database's client never leaves the event loop to others by itself.
      await setImmediate();
      const passkeys = await storage.read.passkey.findMany({ where, select: { personId: true }, orderBy: { aaguid: "asc" }, take: batch });
      if (passkeys.length === 0) break;
      told += await storage.transaction(async (transaction) => {
        let people = 0;
        for (const personId of new Set(passkeys.map((each) => each.personId))) people += await tellOne(transaction, policy, models, asIdentifier(personId), where, now);
        return people;
      });
    }
  }
  return told;
}

type Which = { readonly state: string; readonly toldCompromised: boolean; readonly aaguid: object };

async function tellOne(transaction: Transaction, policy: AssurancePolicy, models: ModelStates, personId: PersonId, where: Which, now: number): Promise<number> {
  const affected = await transaction.data.passkey.findMany({ where: { ...where, personId }, select: { id: true } });
  const person = await findPersonWithin(transaction, personId);
  if (affected.length === 0 || person === null) return 0;
  await transaction.data.passkey.updateMany({ where: { ...where, personId }, data: { toldCompromised: !where.toldCompromised } });
  const ids = affected.map(({ id }) => id);
  const before = reachable(person, (passkey) => (ids.includes(passkey.id) ? (where.toldCompromised ? "bad" : "good") : models.statusOf(passkey.authenticator.aaguid)), now, policy);
  const after = reachable(person, ({ authenticator }) => models.statusOf(authenticator.aaguid), now, policy);
  const reason = where.toldCompromised ? "authenticator_trusted_again" : "authenticator_compromised";
  const events = person.passkeys.filter(({ id }) => ids.includes(id)).map((passkey): LifecycleEvent => ({ kind: "credential_changed", ...describePasskey(passkey), change: "update", reason }));
  if (before !== after) events.push({ kind: "assurance_level_changed", of: "aal", from: before, to: after, reason });
  await announce(transaction, { personId, at: now, initiator: "policy", events });
  return 1;
}

/** The highest authenticator assurance level that a passkey of the person gives now. */
function reachable(person: PersonRecord, metadataOf: (passkey: PersonRecord["passkeys"][number]) => AuthenticatorFacts["metadata"], now: number, policy: AssurancePolicy): Level {
  const levels = person.passkeys.filter(({ state }) => state === "active").map((passkey): Level => assure({
    person: person.state, evidence: currentEvidence(person), binding: passkey.binding,
    authenticator: { ...passkey.authenticator, metadata: metadataOf(passkey) },
    session: { passkey: { userVerified: true, at: now }, signature: null },
    client: { authentication: "none", request: "plain", senderConstrained: "none" },
  }, now, policy).aal);
  return levels.reduce((highest, level) => (level > highest ? level : highest), 1);
}
