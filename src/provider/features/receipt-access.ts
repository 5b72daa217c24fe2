import type { IncomingMessage } from "node:http";
import type { Provider } from "oidc-provider";
import { Refusal } from "../../errors.ts";
import type { ProviderPorts } from "../ports.ts";
import { type RelyingPartyItself, relyingPartyItself } from "./relying-party-itself.ts";

/** What a relying party's own token must allow for it to read the receipts of what was asserted to it. */
export const receiptsScope = "receipts.read";

/** The receipts as a protected resource: the audience of those tokens. */
export const receiptsResource = (issuer: string): string => `${issuer}/receipts`;

/** Who asks for a receipt. @throws Refusal `invalid_token`, `insufficient_scope`. */
export async function receiptReader(ports: ProviderPorts, provider: Provider, request: IncomingMessage): Promise<RelyingPartyItself> {
  const found = await relyingPartyItself(ports, provider, request, receiptsResource(ports.issuer));
  if (!found.scopes.has(receiptsScope)) throw new Refusal("insufficient_scope", receiptsScope);
  return found;
}
