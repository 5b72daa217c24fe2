import { newIdentifier } from "../../src/identifiers.ts";
import { toDate } from "../../src/storage/index.ts";

const at = toDate(1_700_000_000);

/** One row of every model, each member set, as the data model's client takes it. */
export const fullRows = (personId: string = newIdentifier()) => ({
  person: { id: personId, state: "held", userHandle: Uint8Array.of(0, 1, 255), createdAt: at, heldAt: toDate(1_700_000_001) },
  evidence: {
    id: "e1", personId, kind: "jpki_user_authentication", medium: "card", policy: "1.2.392", issuer: "CN=認証局",
    certificateDigest: Uint8Array.of(1, 2), sealedCertificate: Uint8Array.of(3, 4), verifiedAt: at, expiresAt: at, status: "good",
    statusSource: "ocsp", statusThisUpdate: at, statusCheckedAt: at, continuity: "issuer_statement", supersededById: "e2",
    statusAnswerDigest: "0a0b", endedAt: at, endReason: "surrendered", attributesDigest: Uint8Array.of(12),
  },
  passkey: {
    id: "k1", personId, credentialId: "credential", publicKey: Uint8Array.of(5, 6), signCount: 7, transports: "[]", aaguid: "a",
    backupEligible: true, backedUp: false, attestation: "none", name: "iPhone", state: "active", createdAt: at, lastUsedAt: at,
    boundByEvidenceId: "e1", boundAt: at, boundIal: 3, boundAal: 2, boundDevice: "same",
  },
  pairwiseSubject: { personId, sector: "https://rp.example", subject: "s1", createdAt: at },
  consent: { personId, clientId: "c1", scope: "openid", claims: "[]", resources: "{}", grantedAt: at, verifiedClaims: JSON.stringify({ name: true }) },
  requestRefusal: { personId, since: at },
  relyingParty: { clientId: "c1", metadata: "{}", sealedSecret: Uint8Array.of(8), createdAt: at, updatedAt: at },
  providerKey: { id: "pk1", algorithm: "ES256", sealedKey: Uint8Array.of(9), createdAt: at, signsFrom: at, retiresAt: at },
  assurancePolicy: { version: "1", document: "{}", since: at },
  receipt: { id: "r1", at, kind: "k", personId, detail: "{}", previousHash: Uint8Array.of(1), hash: Uint8Array.of(2) },
});
