import { describe } from "../assurance/description.ts";
import { readRecordedAssertion } from "../assurance/index.ts";
import { toBase64Url } from "../bytes.ts";
import { Refusal } from "../errors.ts";
import { findReceipt, isAuthentic, signStatement } from "../storage/index.ts";
import type { RelyingPartyItself } from "./features/relying-party-itself.ts";
import type { ProviderPorts } from "./ports.ts";

/**
 * What a relying party may keep of an assertion that was made to it, to be checked offline for ever: a
 * JWS (`typ` `assurance-receipt+jwt`) over what it was told then, by the key of receipts. No id of ours is
 * in it, but the receipt's own, which its ID token named, and the hash by which an auditor finds the record.
 * @throws Refusal `not_found` for whatever was not asserted to it, or is forgotten; `internal_error` for a
 * record that is not as it was written.
 */
export async function receiptStatement({ storage, issuer, clock }: Pick<ProviderPorts, "storage" | "issuer" | "clock">, { clientId, sector }: RelyingPartyItself, id: string): Promise<string> {
  const receipt = await findReceipt(storage.read, id);
  const recorded = receipt?.kind === "assertion_issued" ? readRecordedAssertion(receipt.detail) : null;
  if (receipt === null || recorded === null || recorded.client !== clientId || receipt.personId === null) throw new Refusal("not_found", "no receipt of this relying party");
  const subject = await storage.read.lookups.subject(receipt.personId, sector);
  if (subject === null || receipt.signature === null) throw new Refusal("not_found", subject === null ? "the person is unknown here" : "from before receipts were signed");
  if (!isAuthentic(receipt, await storage.read.receiptKeys())) throw new Refusal("internal_error", "a receipt is not as it was written");
  const { assurance_policy, policy_sha256, acr_values, asserted, facts, status_answer_sha256 = null } = recorded;
  return signStatement(storage.receiptSigner, "assurance-receipt+jwt", {
    iss: issuer, aud: clientId, iat: clock(), sub: subject,
    receipt: receipt.id,
    receipt_hash: toBase64Url(receipt.hash),
    asserted_at: receipt.at,
    assurance_policy, policy_sha256, acr_values, asserted,
    assurance: describe(facts, receipt.at, { version: assurance_policy }),
    ...(status_answer_sha256 !== null && { status_answer_sha256 }),
  });
}
