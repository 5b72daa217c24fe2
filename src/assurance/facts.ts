/**
 * What is known when a level is computed. Facts only: no level is stored, except the one at which a
 * passkey was bound. All times are seconds since the epoch.
 */

/** One of the three levels of NIST SP 800-63-4, for identity, authentication or federation. */
export type Level = 1 | 2 | 3;

/** The lower of two levels. */
export const lower = (one: Level, other: Level): Level => (one < other ? one : other);

export type PersonState = "active" | "held" | "erased";
export type EvidenceKind = "jpki_user_authentication" | "jpki_signature";
export type Medium = "card" | "smartphone";

/** Whether a proof came from the device that runs the browser. Proven by a device-local code, never declared. */
export type Device = "same" | "other";

/**
 * The certificate that stands for the person now. After a renewal with recorded continuity this is
 * the new certificate: the superseded one no longer counts, for better or worse.
 */
export interface EvidenceFacts {
  /** Our own identifier. Never shown to a relying party: it would link one person across services. */
  readonly id: string;
  readonly kind: EvidenceKind;
  readonly medium: Medium;
  /** The certificate policy that was matched, as a dotted object identifier. */
  readonly policy: string;
  /** The issuer's distinguished name. */
  readonly issuer: string;
  readonly verifiedAt: number;
  /** The certificate's notAfter: the last second in which it is valid (RFC 5280 4.1.2.5). */
  readonly expiresAt: number;
  readonly status: StatusFacts;
  /** How this certificate came to the person of an earlier one; null for a person's first. */
  readonly continuity?: Continuity | null;
}

/**
 * How a later certificate was linked to the person of an earlier one: by the word of its issuer, by both
 * keys signing one statement, by both presented within minutes, or by an operator who reviewed it.
 */
export type Continuity = "issuer_statement" | "old_key_signed" | "presented_together" | "operator_review";

/** The last answer a status source gave. During an outage it stays what it was and grows old. */
export interface StatusFacts {
  readonly status: "good" | "revoked" | "hold" | "unknown";
  readonly source: "ocsp" | "crl" | "operator";
  /** The time for which the source vouches (RFC 6960 2.4, RFC 5280 5.1.2.4). */
  readonly thisUpdate: number;
  /** When we asked. */
  readonly checkedAt: number;
}

export interface AuthenticatorFacts {
  /** The BE flag: the passkey may be synced, so its key is not bound to one device (WebAuthn 6.1.3). */
  readonly backupEligible: boolean;
  readonly backedUp: boolean;
  /** `verified`: the statement chains to a root that FIDO metadata lists for this model. */
  readonly attestation: "none" | "self" | "verified";
  /** What FIDO metadata says of the model: `bad` is a compromise or a revocation. */
  readonly metadata: "unknown" | "good" | "bad";
  readonly aaguid: string;
}

/** How a passkey came to its person. */
export interface BindingFacts {
  readonly boundAt: number;
  /** The evidence that stood for the person then. Internal, like {@link EvidenceFacts.id}. */
  readonly boundBy: string;
  readonly boundByKind: EvidenceKind;
  /** The levels reached when it was bound; the passkey never authenticates above this `aal`. */
  readonly ial: Level;
  readonly aal: Level;
  readonly device: Device;
}

/** What was presented in this session. */
export interface SessionFacts {
  readonly passkey: { readonly userVerified: boolean; readonly at: number } | null;
  /** A live JPKI signature; `evidence` is the identifier of the evidence it was made with. */
  readonly signature: { readonly device: Device; readonly at: number; readonly evidence: string } | null;
}

/** How the relying party asked, in the transaction that the assertion answers. */
export interface ClientFacts {
  readonly authentication: "none" | "secret" | "key";
  readonly request: "plain" | "pushed" | "signed";
  readonly senderConstrained: "none" | "dpop" | "mtls";
}

/** Everything {@link assure} looks at. `binding` and `authenticator` are those of the passkey in `session`. */
export interface AssuranceFacts {
  readonly person: PersonState;
  readonly evidence: EvidenceFacts | null;
  readonly binding: BindingFacts | null;
  readonly authenticator: AuthenticatorFacts | null;
  readonly session: SessionFacts;
  readonly client: ClientFacts;
  /** When the person last came back by a recovery, which ended every passkey before it. */
  readonly recoveredAt?: number;
}
