import type { AssuranceFacts, AuthenticatorFacts, BindingFacts, ClientFacts, EvidenceFacts, SessionFacts, StatusFacts } from "../../src/assurance/index.ts";

/** The time of all these tables, and lengths of time in seconds. */
export const now = 1_780_000_000;
export const minute = 60;
export const hour = 60 * minute;
export const day = 24 * hour;

export const status = (changes: Partial<StatusFacts> = {}): StatusFacts => ({ status: "good", source: "ocsp", thisUpdate: now - hour, checkedAt: now - hour, ...changes });

export const evidence = (changes: Partial<EvidenceFacts> = {}): EvidenceFacts => ({
  id: "evidence-1",
  kind: "jpki_user_authentication",
  medium: "smartphone",
  policy: "1.2.392.200149.8.5.1.3.30",
  issuer: "C=JP, O=JPKI, OU=JPKI for user authentication",
  verifiedAt: now - 30 * day,
  expiresAt: now + 365 * day,
  status: status(),
  ...changes,
});

export const synced: AuthenticatorFacts = { backupEligible: true, backedUp: true, attestation: "none", metadata: "unknown", aaguid: "00000000-0000-0000-0000-000000000000" };
export const hardware: AuthenticatorFacts = { backupEligible: false, backedUp: false, attestation: "verified", metadata: "good", aaguid: "abababab-abab-abab-abab-abababababab" };

export const binding = (changes: Partial<BindingFacts> = {}): BindingFacts => ({
  boundAt: now - 30 * day, boundBy: "evidence-1", boundByKind: "jpki_user_authentication", ial: 3, aal: 3, device: "same", ...changes,
});

const proof = { at: now - minute };
export const withPasskey: SessionFacts = { passkey: { userVerified: true, ...proof }, signature: null };
export const withPresence: SessionFacts = { passkey: { userVerified: false, ...proof }, signature: null };
export const withSignature = (device: "same" | "other"): SessionFacts => ({ passkey: null, signature: { device, evidence: "evidence-1", ...proof } });
export const withBoth = (device: "same" | "other"): SessionFacts => ({ ...withPasskey, signature: withSignature(device).signature });
export const withNothing: SessionFacts = { passkey: null, signature: null };

export const bestClient: ClientFacts = { authentication: "key", request: "pushed", senderConstrained: "dpop" };

/** A person with good evidence, signed in by a synced passkey bound at enrolment, at the best of clients. */
export const facts = (changes: Partial<AssuranceFacts> = {}): AssuranceFacts => ({
  person: "active", evidence: evidence(), binding: binding(), authenticator: synced, session: withPasskey, client: bestClient, ...changes,
});
