import type { AuthenticatorFacts, BindingFacts, EvidenceFacts } from "../assurance/facts.ts";
import { asIdentifier, type EvidenceId, type PasskeyId, type PersonId } from "../identifiers.ts";
import { type EvidenceRow, type PasskeyRow, type PersonRow, toSeconds } from "../storage/index.ts";

export type PersonState = "active" | "held" | "erased";

/** How a later certificate was linked to the person of an earlier one. */
export type Continuity = "issuer_statement";

export interface EvidenceRecord extends EvidenceFacts {
  readonly id: EvidenceId;
  readonly continuity: Continuity | null;
  readonly supersededBy: EvidenceId | null;
  /** Open with {@link certificateContext}. */
  readonly sealedCertificate: Uint8Array;
}

export type PasskeyState = "pending" | "active" | "revoked";

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

export interface PersonRecord {
  readonly id: PersonId;
  readonly state: PersonState;
  readonly userHandle: Uint8Array;
  readonly createdAt: number;
  /** What was presented until then no longer counts; null when nothing ever ended. */
  readonly sessionsEndedAt: number | null;
  readonly evidence: readonly EvidenceRecord[];
  readonly passkeys: readonly PasskeyRecord[];
}

/** What is loaded with a person, always whole: the rules need all of it. */
export const personParts = { evidence: true, passkeys: true } as const;

export function personOf(row: PersonRow): PersonRecord {
  return {
    id: asIdentifier(row.id),
    state: row.state as PersonState,
    userHandle: row.userHandle,
    createdAt: toSeconds(row.createdAt),
    sessionsEndedAt: row.sessionsEndedAt === null ? null : toSeconds(row.sessionsEndedAt),
    evidence: row.evidence.map(evidenceOf),
    passkeys: row.passkeys.map((passkey) => passkeyOf(passkey, row.evidence)),
  };
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
    lastUsedAt: row.lastUsedAt === null ? null : toSeconds(row.lastUsedAt),
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

/** The evidence that speaks for the person now: not superseded, the one verified last. */
export const currentEvidence = (person: PersonRecord): EvidenceRecord | null => latestOf(person, "jpki_user_authentication");

/** The signature certificate that the person presented last, for the attributes it states; no sign-in rests on it. */
export const signatureEvidence = (person: PersonRecord): EvidenceRecord | null => latestOf(person, "jpki_signature");

function latestOf(person: PersonRecord, kind: EvidenceRecord["kind"]): EvidenceRecord | null {
  return person.evidence
    .filter((evidence) => evidence.kind === kind && evidence.supersededBy === null)
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

/** Binds the sealed answer of a status source to its row. */
export const statusAnswerContext = (id: EvidenceId): string => `evidence/${id}/status-answer`;
