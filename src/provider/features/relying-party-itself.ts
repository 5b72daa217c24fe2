import type { IncomingMessage } from "node:http";
import type { Provider } from "oidc-provider";
import { Refusal } from "../../errors.ts";
import { asIdentifier, type ClientId } from "../../identifiers.ts";
import type { ProviderPorts } from "../ports.ts";
import { presentedThumbprint } from "./mutual-tls.ts";
import { provenKey } from "./resource-proof.ts";

/** A relying party that asks something for itself, by an access token of its own. */
export interface RelyingPartyItself {
  readonly clientId: ClientId;
  /** Host of its redirect URIs: whose pseudonyms it knows (OpenID Connect Core 8.1). */
  readonly sector: string;
  readonly scopes: ReadonlySet<string>;
}

/**
 * Who sends this request to one of our own endpoints. A token that is bound to a key counts only with its
 * proof (RFC 9449 7.1) or certificate (RFC 8705 3), any other only as a bearer token (RFC 6750 2.1).
 * @throws Refusal `invalid_token`.
 */
export async function relyingPartyItself(ports: ProviderPorts, provider: Provider, request: IncomingMessage, audience: string): Promise<RelyingPartyItself> {
  const [, scheme = "", value = ""] = /^(Bearer|DPoP) +([A-Za-z0-9._~+/-]{1,200}=*)$/i.exec(request.headers.authorization ?? "") ?? [];
  const token = value === "" ? undefined : await provider.ClientCredentials.find(value);
  if (token === undefined || token.aud !== audience) throw new Refusal("invalid_token", "unknown, expired or for something else");
  const isProven = token.jkt === undefined ? /^bearer$/i.test(scheme) : /^dpop$/i.test(scheme) && token.jkt === (await provenKey(ports, request, value));
  if (!isProven) throw new Refusal("invalid_token", "not presented as it is bound");
  const certificate = token["x5t#S256"];
  if (certificate !== undefined && certificate !== presentedThumbprint(ports.mutualTls, request)) throw new Refusal("invalid_token", "bound to another certificate");
  const client = await provider.Client.find(String(token.clientId));
  if (client === undefined) throw new Refusal("invalid_token", "its client is gone");
  return { clientId: asIdentifier<ClientId>(client.clientId), sector: String(client.sectorIdentifier), scopes: token.scopes };
}
