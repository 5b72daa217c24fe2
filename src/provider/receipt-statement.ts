import { describe } from "../assurance/description.ts";
import { readRecordedAssertion } from "../assurance/index.ts";
import { toBase64Url } from "../bytes.ts";
import { Refusal } from "../errors.ts";
import { findReceipt, isAuthentic, signStatement, toSeconds } from "../storage/index.ts";
import type { RelyingPartyItself } from "./features/relying-party-itself.ts";
import type { ProviderPorts } from "./ports.ts";

/**
 * What a relying party may keep of an assertion that was made to it, to be checked offline for ever: a
 * JWS (`typ` `assurance-receipt+jwt`) over what it was told then, by the key of receipts. No id of ours is
 * in it, but the receipt's own, which its ID token named, and the hash by which an auditor finds the record.
 * @throws Refusal `not_found` for whatever was not asserted to it, is forgotten, or was asserted under a
 * pseudonym that is no more; `internal_error` for a
 * record that is not as it was written.
 */
export async function receiptStatement({ storage, issuer, clock }: Pick<ProviderPorts, "storage" | "issuer" | "clock">, { clientId, sector }: RelyingPartyItself, id: string): Promise<string> {
  const receipt = await findReceipt(storage.read, id);
  const recorded = receipt?.kind === "assertion_issued" ? readRecordedAssertion(receipt.detail) : null;
  if (receipt === null || recorded === null || recorded.client !== clientId || receipt.personId === null || receipt.forgottenContentHash !== null) throw new Refusal("not_found", "no receipt of this relying party");
  const pseudonym = await storage.read.pairwiseSubject.findUnique({ where: { personId_sector: { personId: receipt.personId, sector } } });
  // One made since is not what was asserted: told here, it would connect the two.
  if (pseudonym === null || toSeconds(pseudonym.createdAt) > receipt.at) throw new Refusal("not_found", "the person is no longer known by that pseudonym");
  if (receipt.signature === null) throw new Refusal("not_found", "from before receipts were signed");
  if (!isAuthentic(receipt, await storage.read.receiptKeys())) throw new Refusal("internal_error", "a receipt is not as it was written");
  const { assurance_policy, policy_sha256, acr_values, asserted, facts, status_answer_sha256 = null } = recorded;
  return signStatement(storage.receiptSigner, "assurance-receipt+jwt", {
    iss: issuer, aud: clientId, iat: clock(), sub: pseudonym.subject,
    receipt: receipt.id,
    receipt_hash: toBase64Url(receipt.hash),
    asserted_at: receipt.at,
    assurance_policy, policy_sha256, acr_values, asserted,
    assurance: describe(facts, receipt.at, { version: assurance_policy }),
    ...(status_answer_sha256 !== null && { status_answer_sha256 }),
  });
}
