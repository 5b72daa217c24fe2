import { Refusal } from "../errors.ts";
import type { EvidenceId } from "../identifiers.ts";
import { findOwner, findPersonWithin, type PersonRecord } from "../people/index.ts";
import type { Certificate } from "../pki/certificate.ts";
import type { Transaction } from "../storage/index.ts";
import { referenceOf } from "./certificate-check.ts";
import type { EnrolmentPorts } from "./ports.ts";

/**
 * Who is known by a certificate whose possession was proved, by what is on record alone: for a hold while no
 * source of status answers. Nothing is bound: `bound` is empty.
 * @throws Refusal `status_unavailable` for one that nobody is known by, `certificate_revoked` and
 *   `certificate_on_hold` as on record, `person_erased`.
 */
export async function knownHolder({ storage: { sealing } }: EnrolmentPorts, transaction: Transaction, leaf: Certificate): Promise<{ person: PersonRecord; evidenceId: EvidenceId; bound: readonly EvidenceId[] }> {
  const reference = referenceOf(leaf);
  const personId = await findOwner(transaction, sealing, { reference, der: leaf.der });
  const person = personId === null ? null : await findPersonWithin(transaction, personId);
  const row = await transaction.data.evidence.findFirst({ where: { certificateDigest: { in: [...sealing.lookUpDigests(reference.issuer, reference.serialNumber)] } }, select: { id: true } });
  const evidence = person?.evidence.find(({ id }) => id === row?.id);
  if (person === null || evidence === undefined) throw new Refusal("status_unavailable", "nobody is known by it");
  if (person.state === "erased") throw new Refusal("person_erased", "person is erased");
  if (evidence.status.status === "revoked") throw new Refusal("certificate_revoked", "revoked, on record");
  if (evidence.status.status === "hold") throw new Refusal("certificate_on_hold", "on hold, on record");
  return { person, evidenceId: evidence.id, bound: [] };
}
