import type { AuthenticatorFacts, BindingFacts, Continuity, EvidenceFacts } from "../assurance/facts.ts";
import { asIdentifier, type EvidenceId, type PasskeyId, type PersonId } from "../identifiers.ts";
import { type EvidenceRow, type PasskeyRow, type PersonRow, toSeconds } from "../storage/index.ts";

/** What a person may be, with what is known of it. Which of these follows which: lifecycle-states.ts. */
export type PersonStanding =
  | { readonly state: "active" }
  | { readonly state: "held"; readonly heldAt: number; readonly heldBy: "person" | "operator"; readonly liftedBy: "signature" | "operator" }
  | { readonly state: "erased"; readonly erasedAt: number };
export type PersonState = PersonStanding["state"];

/** `surrendered`: the phone that holds its key was given up. `unlinked`: the person said that it is not theirs. */
export interface EvidenceEnd {
  readonly at: number;
  readonly reason: "surrendered" | "unlinked";
}

export interface EvidenceRecord extends EvidenceFacts {
  readonly id: EvidenceId;
  readonly continuity: Continuity | null;
  readonly supersededBy: EvidenceId | null;
  /** Set once the person ended it. */
  readonly ended: EvidenceEnd | null;
  /** Names the answer that the status rests on, for an auditor; null when its source gave none. */
  readonly statusAnswerSha256: string | null;
  /** Open with {@link certificateContext}. */
  readonly sealedCertificate: Uint8Array;
}

/** `suspended`: its device is missing; a JPKI signature of the person makes it active again. */
export type PasskeyState = "pending" | "active" | "suspended" | "revoked";

export interface PasskeyRecord {
  readonly id: PasskeyId;
  readonly personId: PersonId;
  readonly state: PasskeyState;
  /** base64url, as WebAuthn gives it. */
  readonly credentialId: string;
  /** COSE key. */
  readonly publicKey: Uint8Array;
  readonly signCount: number;
  readonly transports: readonly string[];
  readonly name: string;
  readonly createdAt: number;
  readonly lastUsedAt: number | null;
  /** Without what FIDO metadata says of the model: that is never stored. */
  readonly authenticator: Omit<AuthenticatorFacts, "metadata">;
  readonly binding: BindingFacts;
}

export type PersonRecord = PersonStanding & {
  readonly id: PersonId;
  readonly userHandle: Uint8Array;
  readonly createdAt: number;
  /** When the person last came back by a recovery; null when never. */
  readonly recoveredAt: number | null;
  /** What browsers presented until then no longer counts; null when nothing ever ended. */
  readonly sessionsEndedAt: number | null;
  /** The same for what relying parties were granted. A hold ends sessions and only suspends grants. */
  readonly grantsEndedAt: number | null;
  readonly evidence: readonly EvidenceRecord[];
  readonly passkeys: readonly PasskeyRecord[];
};

/** What is loaded with a person, always whole: the rules need all of it. */
export const personParts = { evidence: true, passkeys: true } as const;

export function personOf(row: PersonRow): PersonRecord {
  return {
    ...standingOf(row),
    id: asIdentifier(row.id),
    userHandle: row.userHandle,
    createdAt: toSeconds(row.createdAt),
    recoveredAt: secondsOrNull(row.recoveredAt),
    sessionsEndedAt: secondsOrNull(row.sessionsEndedAt),
    grantsEndedAt: secondsOrNull(row.grantsEndedAt),
    evidence: row.evidence.map(evidenceOf),
    passkeys: row.passkeys.map((passkey) => passkeyOf(passkey, row.evidence)),
  };
}

const secondsOrNull = (date: Date | null): number | null => (date === null ? null : toSeconds(date));

/** What a row does not say counts against it: a hold of which nothing is known is lifted by nobody but the operator. */
function standingOf({ state, heldAt, heldBy, holdLiftedBy, erasedAt, createdAt }: PersonRow): PersonStanding {
  if (state === "erased") return { state, erasedAt: toSeconds(erasedAt ?? createdAt) };
  if (state === "active") return { state };
  return { state: "held", heldAt: toSeconds(heldAt ?? createdAt), heldBy: heldBy === "person" ? "person" : "operator", liftedBy: holdLiftedBy === "signature" ? "signature" : "operator" };
}

function evidenceOf(row: EvidenceRow): EvidenceRecord {
  return {
    id: asIdentifier(row.id),
    kind: row.kind as EvidenceFacts["kind"],
    medium: row.medium as EvidenceFacts["medium"],
    policy: row.policy,
    issuer: row.issuer,
    verifiedAt: toSeconds(row.verifiedAt),
    expiresAt: toSeconds(row.expiresAt),
    status: {
      status: row.status as EvidenceFacts["status"]["status"],
      source: row.statusSource as EvidenceFacts["status"]["source"],
      thisUpdate: toSeconds(row.statusThisUpdate),
      checkedAt: toSeconds(row.statusCheckedAt),
    },
    continuity: row.continuity as Continuity | null,
    supersededBy: row.supersededById === null ? null : asIdentifier(row.supersededById),
    ended: row.endedAt === null ? null : { at: toSeconds(row.endedAt), reason: row.endReason === "surrendered" ? "surrendered" : "unlinked" },
    statusAnswerSha256: row.statusAnswerDigest,
    sealedCertificate: row.sealedCertificate,
  };
}

function passkeyOf(row: PasskeyRow, evidence: readonly EvidenceRow[]): PasskeyRecord {
  const boundBy = evidence.find(({ id }) => id === row.boundByEvidenceId);
  return {
    id: asIdentifier(row.id),
    personId: asIdentifier(row.personId),
    state: row.state as PasskeyState,
    credentialId: row.credentialId,
    publicKey: row.publicKey,
    signCount: row.signCount,
    transports: JSON.parse(row.transports) as string[],
    name: row.name,
    createdAt: toSeconds(row.createdAt),
    lastUsedAt: secondsOrNull(row.lastUsedAt),
    authenticator: {
      backupEligible: row.backupEligible,
      backedUp: row.backedUp,
      attestation: row.attestation as AuthenticatorFacts["attestation"],
      aaguid: row.aaguid,
    },
    binding: {
      boundAt: toSeconds(row.boundAt),
      boundBy: row.boundByEvidenceId,
      boundByKind: (boundBy?.kind ?? "jpki_user_authentication") as EvidenceFacts["kind"],
      ial: row.boundIal as BindingFacts["ial"],
      aal: row.boundAal as BindingFacts["aal"],
      device: row.boundDevice as BindingFacts["device"],
    },
  };
}

/** Whether evidence speaks for its person at all: nothing took its place, and the person did not end it. */
export const isStanding = ({ supersededBy, ended }: Pick<EvidenceRecord, "supersededBy" | "ended">): boolean => supersededBy === null && ended === null;

/** The evidence that speaks for the person now: standing, the one verified last. */
export const currentEvidence = (person: PersonRecord): EvidenceRecord | null => latestOf(person, "jpki_user_authentication");

/** The signature certificate that the person presented last, for the attributes it states; no sign-in rests on it. */
export const signatureEvidence = (person: PersonRecord): EvidenceRecord | null => latestOf(person, "jpki_signature");

function latestOf(person: PersonRecord, kind: EvidenceRecord["kind"]): EvidenceRecord | null {
  return person.evidence
    .filter((evidence) => evidence.kind === kind && isStanding(evidence))
    .reduce<EvidenceRecord | null>((best, next) => (best === null || rank(next) > rank(best) ? next : best), null);
}

/** Why the person may not be signed in at all: on hold, erased, or the certificate on hold. Null when they may. */
export function whyNoSignIn(person: PersonRecord): "person_on_hold" | "person_erased" | "certificate_on_hold" | null {
  if (person.state !== "active") return person.state === "held" ? "person_on_hold" : "person_erased";
  return currentEvidence(person)?.status.status === "hold" ? "certificate_on_hold" : null;
}

export const maySignIn = (person: PersonRecord): boolean => whyNoSignIn(person) === null;

// A living certificate speaks before a dead one, whichever was shown last.
const rank = (evidence: EvidenceRecord): number => (evidence.status.status === "good" ? 1e12 : 0) + evidence.verifiedAt;

/** Binds a sealed certificate to its row. */
export const certificateContext = (id: EvidenceId): string => `evidence/${id}/certificate`;
