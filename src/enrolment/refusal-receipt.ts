import type { Refusal } from "../errors.ts";
import { findOwner } from "../people/index.ts";
import { appendReceipt, type Transaction } from "../storage/index.ts";
import { type HeldCertificate, referenceOf } from "./certificate-check.ts";
import type { EnrolmentPorts } from "./ports.ts";
import type { TransactionFrame } from "./transaction.ts";

/** A rule may end in an object identifier of the certificate, which may be as long as its maker likes. */
const longestRule = 200;

/**
 * Writes down why a certificate was refused: the code, the certificate of the path, the rule, and for
 * what it was presented. Belongs into the transaction that ends the enrolment.
 *
 * The audit log cannot be filled with it: only who took the consumed nonce of a transaction gets here, so
 * one receipt a transaction is the most there can be; and a failed transaction keeps its place among those
 * that are limited by network and in all until its time is over (`insertTransaction`). So of what a network
 * opens within the life of a transaction no more can leave receipts than it may have open. The person stands in it only when the holder has signed with a certificate that is on record.
 *
 * @param held what was known of the certificate; null when possession was not proven.
 */
export async function recordRefusal(
  { storage, clock }: Pick<EnrolmentPorts, "storage" | "clock">,
  transaction: Transaction,
  { purpose, client, device }: TransactionFrame,
  refusal: Refusal,
  held: HeldCertificate | null,
): Promise<void> {
  const personId = held === null ? null : await findOwner(transaction, storage.sealing, { reference: referenceOf(held.leaf), der: held.leaf.der });
  await appendReceipt(transaction.data, {
    kind: "certificate_refused",
    at: clock(),
    personId,
    detail: {
      code: refusal.code, certificate: placeOf(held), rule: refusal.detail.slice(0, longestRule),
      possession: held !== null, medium: held?.verdict.valid === true ? held.verdict.value.medium : null,
      purpose, device, client: client.id,
    },
  });
}

/** Devices send the leaf alone: what is not about an authority is about that. */
function placeOf(held: HeldCertificate | null): string {
  const index = held === null || held.verdict.valid ? 0 : (held.verdict.certificate ?? 0);
  return index === 0 ? "leaf" : `issuer ${index}`;
}
