import type { IncomingMessage } from "node:http";
import { type AdapterPayload, errors, type KoaContextWithOIDC, type Provider } from "oidc-provider";
import { Refusal } from "../../errors.ts";
import { asIdentifier, type ClientId } from "../../identifiers.ts";
import type { ProtectedResource, ProviderPorts } from "../ports.ts";
import { presentedThumbprint } from "./mutual-tls.ts";
import { provenKey } from "./resource-proof.ts";

/** What a token for the stream endpoints allows (CAEP Interoperability Profile 1.0 2.7.2). */
export const ssfScopes = ["ssf.read", "ssf.manage"] as const;
export type SsfScope = (typeof ssfScopes)[number];

/** The stream endpoints as a protected resource: the audience of their access tokens. */
export const ssfResource = (issuer: string): string => `${issuer}/ssf`;

/** A relying party that asks something of its streams, by its own access token. */
export interface SignalReceiver {
  readonly clientId: ClientId;
  /** Host of its redirect URIs: whose pseudonyms it knows (OpenID Connect Core 8.1). */
  readonly sector: string;
  readonly scopes: ReadonlySet<string>;
}

const grant = "client_credentials";

/** Every relying party that can authenticate may hear of its own people: nothing else is given to this grant. */
export function withClientCredentials(metadata: AdapterPayload): AdapterPayload {
  return metadata.token_endpoint_auth_method === "none" ? metadata : { ...metadata, grant_types: [...(metadata.grant_types ?? []), grant] };
}

/** What an access token may be asked for: by the client credentials grant the stream endpoints, by all others the operator's resources. */
export function resources({ issuer, resources: configured }: Pick<ProviderPorts, "issuer" | "resources">) {
  const isOfItself = (ctx: KoaContextWithOIDC): boolean => ctx.oidc.route === "token" && ctx.oidc.params?.["grant_type"] === grant;
  const ssf: ProtectedResource = { identifier: ssfResource(issuer), name: "Shared Signals", scopes: ssfScopes };
  return {
    // A receiver need not know of resource indicators.
    defaultResource: async (ctx: KoaContextWithOIDC): Promise<string | []> => (isOfItself(ctx) ? ssf.identifier : []),
    getResourceServerInfo: async (ctx: KoaContextWithOIDC, indicator: string) => {
      const resource = (isOfItself(ctx) ? [ssf] : configured).find(({ identifier }) => identifier === indicator);
      if (resource === undefined) throw new errors.InvalidTarget();
      const common = { scope: resource.scopes.join(" "), audience: indicator, accessTokenTTL: 600 };
      // Revoked tokens for streams count no more at once: they are looked up.
      return resource === ssf ? { ...common, accessTokenFormat: "opaque" as const } : { ...common, accessTokenFormat: "jwt" as const, jwt: { sign: { alg: "ES256" as const } } };
    },
  };
}

/**
 * Who sends this request to the stream endpoints. A token that is bound to a key counts only with its
 * proof (RFC 9449 7.1) or certificate (RFC 8705 3), any other only as a bearer token (RFC 6750 2.1).
 * @throws Refusal `invalid_token`.
 */
export async function signalReceiver(ports: ProviderPorts, provider: Provider, request: IncomingMessage): Promise<SignalReceiver> {
  const [, scheme = "", value = ""] = /^(Bearer|DPoP) +([A-Za-z0-9._~+/-]{1,200}=*)$/i.exec(request.headers.authorization ?? "") ?? [];
  const token = value === "" ? undefined : await provider.ClientCredentials.find(value);
  if (token === undefined || token.aud !== ssfResource(ports.issuer)) throw new Refusal("invalid_token", "unknown, expired or for something else");
  const isProven = token.jkt === undefined ? /^bearer$/i.test(scheme) : /^dpop$/i.test(scheme) && token.jkt === (await provenKey(ports, request, value));
  if (!isProven) throw new Refusal("invalid_token", "not presented as it is bound");
  const certificate = token["x5t#S256"];
  if (certificate !== undefined && certificate !== presentedThumbprint(ports.mutualTls, request)) throw new Refusal("invalid_token", "bound to another certificate");
  const client = await provider.Client.find(String(token.clientId));
  if (client === undefined) throw new Refusal("invalid_token", "its client is gone");
  return { clientId: asIdentifier<ClientId>(client.clientId), sector: String(client.sectorIdentifier), scopes: token.scopes };
}
