import { defaultPolicy } from "../../src/assurance/index.ts";
import { utf8 } from "../../src/bytes.ts";
import type { BindingFacts, StatusFacts } from "../../src/assurance/facts.ts";
import { asIdentifier, newIdentifier, type EvidenceId, type PasskeyId, type PersonId } from "../../src/identifiers.ts";
import { bindEvidence, bindPasskey, type CertificateReference, enrolling, findPerson, type Keeping, type NewPasskey, type PersonRecord, type VerifiedCertificate } from "../../src/people/index.ts";
import type { Storage } from "../../src/storage/index.ts";

export const now = 1_800_000_000;

export const goodStatus: StatusFacts = { status: "good", source: "ocsp", thisUpdate: now, checkedAt: now };

export const reference = (serial: string, issuer = "CN=JPKI"): CertificateReference => ({ issuer: utf8(issuer), serialNumber: utf8(serial) });

/** How evidence is kept in these tests. */
export const keeping = (storage: Storage): Keeping => ({ sealing: storage.sealing, policy: { ...defaultPolicy, version: "test-1" } });

/** A certificate that passed every check. */
export function certificate(serial: string, changes: { answer?: Uint8Array | null; predecessor?: CertificateReference | null; verifiedAt?: number; status?: StatusFacts; issuer?: string } = {}): VerifiedCertificate {
  const { answer = utf8(`answer about ${serial}`), predecessor = null, verifiedAt = now, status = goodStatus, issuer = "CN=JPKI" } = changes;
  return {
    reference: reference(serial, issuer),
    der: utf8(`certificate ${serial}`),
    facts: { kind: "jpki_user_authentication", medium: "smartphone", policy: "1.2.392.200149.8.5.1.3.30", issuer, verifiedAt, expiresAt: now + 86_400, status },
    statusAnswer: answer,
    predecessor,
  };
}

export interface Bound { readonly personId: PersonId; readonly evidenceId: EvidenceId }

export async function bind(storage: Storage, verified: VerifiedCertificate, expected: PersonId | null = null): Promise<Bound> {
  const { person, evidenceId } = await storage.transaction((transaction) => bindEvidence(transaction, keeping(storage), verified, { ...enrolling, expected }));
  return { personId: person.id, evidenceId };
}

export const newPasskey = (credentialId: string = newIdentifier()): NewPasskey => ({
  credentialId, publicKey: Uint8Array.of(1, 2, 3), signCount: 0, transports: ["internal"], aaguid: "00000000-0000-0000-0000-000000000000",
  backupEligible: true, backedUp: true, attestation: "none", name: "",
});

export const binding = (evidenceId: EvidenceId): BindingFacts => ({ boundAt: now, boundBy: evidenceId, boundByKind: "jpki_user_authentication", ial: 3, aal: 3, device: "same" });

export function addPasskey(storage: Storage, { personId, evidenceId }: Bound, state: "pending" | "active" = "active", credentialId?: string): Promise<PasskeyId> {
  return storage.transaction((transaction) => bindPasskey(transaction, personId, newPasskey(credentialId), binding(evidenceId), state));
}

/** The person as known now. */
export async function person(storage: Storage, id: PersonId): Promise<PersonRecord> {
  const found = await findPerson(storage.read, id);
  if (found === null) throw new Error("no such person");
  return found;
}

/** The kinds of the receipts, in their order. */
export async function receiptKinds(storage: Storage): Promise<string[]> {
  return (await storage.read.receipt.findMany({ orderBy: { sequence: "asc" } })).map(({ kind }) => kind);
}

export const setState = (storage: Storage, id: PersonId, state: string): Promise<unknown> =>
  storage.transaction(({ data }) => data.person.update({ where: { id }, data: { state } }));

export const somebodyElse = asIdentifier<PersonId>("somebody-else");
