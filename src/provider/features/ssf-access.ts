import type { IncomingMessage } from "node:http";
import { type AdapterPayload, errors, type KoaContextWithOIDC, type Provider } from "oidc-provider";
import type { ProtectedResource, ProviderPorts } from "../ports.ts";
import { receiptsResource, receiptsScope } from "./receipt-access.ts";
import { type RelyingPartyItself, relyingPartyItself } from "./relying-party-itself.ts";

/** What a token for the stream endpoints allows (CAEP Interoperability Profile 1.0 2.7.2). */
export const ssfScopes = ["ssf.read", "ssf.manage"] as const;
export type SsfScope = (typeof ssfScopes)[number];

/** The stream endpoints as a protected resource: the audience of their access tokens. */
export const ssfResource = (issuer: string): string => `${issuer}/ssf`;

/** A relying party that asks something of its streams, by its own access token. */
export type SignalReceiver = RelyingPartyItself;

const grant = "client_credentials";

/** Every relying party that can authenticate may hear of its own people, and read what was asserted to it: nothing else is given to this grant. */
export function withClientCredentials(metadata: AdapterPayload): AdapterPayload {
  return metadata.token_endpoint_auth_method === "none" ? metadata : { ...metadata, grant_types: [...(metadata.grant_types ?? []), grant] };
}

/** What an access token may be asked for: by the client credentials grant the stream endpoints and receipts, by all others the operator's resources. */
export function resources({ issuer, resources: configured }: Pick<ProviderPorts, "issuer" | "resources">) {
  const isOfItself = (ctx: KoaContextWithOIDC): boolean => ctx.oidc.route === "token" && ctx.oidc.params?.["grant_type"] === grant;
  const ssf: ProtectedResource = { identifier: ssfResource(issuer), name: "Shared Signals", scopes: ssfScopes };
  const receipts: ProtectedResource = { identifier: receiptsResource(issuer), name: "Receipts", scopes: [receiptsScope] };
  const own = [ssf, receipts];
  // A relying party need not know of resource indicators: the scope tells what it is after.
  const meant = (ctx: KoaContextWithOIDC): ProtectedResource => (String(ctx.oidc.params?.["scope"]).split(" ").includes(receiptsScope) ? receipts : ssf);
  return {
    defaultResource: async (ctx: KoaContextWithOIDC): Promise<string | []> => (isOfItself(ctx) ? meant(ctx).identifier : []),
    getResourceServerInfo: async (ctx: KoaContextWithOIDC, indicator: string) => {
      const resource = (isOfItself(ctx) ? own : configured).find(({ identifier }) => identifier === indicator);
      if (resource === undefined) throw new errors.InvalidTarget();
      const common = { scope: resource.scopes.join(" "), audience: indicator, accessTokenTTL: 600 };
      // Revoked tokens for our own endpoints count no more at once: they are looked up.
      return own.includes(resource) ? { ...common, accessTokenFormat: "opaque" as const } : { ...common, accessTokenFormat: "jwt" as const, jwt: { sign: { alg: "ES256" as const } } };
    },
  };
}

/** Who sends this request to the stream endpoints. @throws Refusal `invalid_token`. */
export const signalReceiver = (ports: ProviderPorts, provider: Provider, request: IncomingMessage): Promise<SignalReceiver> => relyingPartyItself(ports, provider, request, ssfResource(ports.issuer));
