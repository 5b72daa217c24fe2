import { type AdapterPayload, type Client, errors, type KoaContextWithOIDC } from "oidc-provider";
import type { ClientCredentialsAccess } from "../../relying-parties/index.ts";
import type { ProtectedResource, ProviderPorts } from "../ports.ts";
import { receiptsResource, receiptsScope } from "./receipt-access.ts";
import { ssfResource, ssfScopes } from "./ssf-access.ts";

const grant = "client_credentials";
/** Seconds; for relying parties and people alike. */
const accessTokenLife = 600;

/** Every relying party that can authenticate may hear of its own people, and read what was asserted to it. What else it may do in its own name is registered. */
export function withClientCredentials(metadata: AdapterPayload): AdapterPayload {
  return metadata.token_endpoint_auth_method === "none" ? metadata : { ...metadata, grant_types: [...(metadata.grant_types ?? []), grant] };
}

/**
 * What an access token may be asked for (RFC 8707). For people: the operator's resources. By the client
 * credentials grant: the bridge's own endpoints, and those of the operator's resources that the relying
 * party is registered for, by JWT (RFC 9068) whose `sub` is the `client_id`.
 */
export function resources({ issuer, resources: configured }: Pick<ProviderPorts, "issuer" | "resources">) {
  const ssf: ProtectedResource = { identifier: ssfResource(issuer), name: "Shared Signals", scopes: ssfScopes };
  const receipts: ProtectedResource = { identifier: receiptsResource(issuer), name: "Receipts", scopes: [receiptsScope] };
  return {
    // A relying party need not know of resource indicators, where the scopes alone tell what it is after.
    defaultResource: async (ctx: KoaContextWithOIDC, client: Client): Promise<string | []> => {
      if (!isOfItself(ctx)) return [];
      const asked = askedScopes(ctx);
      const endpoint = [receipts, ssf].find(({ scopes }) => asked.some((scope) => scopes.includes(scope)));
      return endpoint?.identifier ?? onlyResourceWith(asked, client) ?? ssf.identifier;
    },
    getResourceServerInfo: async (ctx: KoaContextWithOIDC, indicator: string, client: Client) => {
      const endpoint = isOfItself(ctx) ? [ssf, receipts].find(({ identifier }) => identifier === indicator) : undefined;
      // Revoked tokens for our own endpoints count no more at once: they are looked up.
      if (endpoint !== undefined) return { ...common(endpoint), accessTokenFormat: "opaque" as const };
      const resource = configured.find(({ identifier }) => identifier === indicator);
      if (resource === undefined) throw new errors.InvalidTarget();
      if (isOfItself(ctx)) requireRegistered(resource, askedScopes(ctx), client);
      return { ...common(resource), accessTokenFormat: "jwt" as const, jwt: { sign: { alg: "ES256" as const } } };
    },
  };
}

const common = ({ identifier, scopes }: ProtectedResource) => ({ scope: scopes.join(" "), audience: identifier, accessTokenTTL: accessTokenLife });

const isOfItself = ({ oidc }: KoaContextWithOIDC): boolean => oidc.route === "token" && oidc.params?.["grant_type"] === grant;

const askedScopes = ({ oidc }: KoaContextWithOIDC): readonly string[] => String(oidc.params?.["scope"] ?? "").split(" ").filter(Boolean);

const registeredAccess = (client: Client): ClientCredentialsAccess => (client["client_credentials"] as ClientCredentialsAccess | undefined) ?? {};

function onlyResourceWith(asked: readonly string[], client: Client): string | undefined {
  const fitting = Object.entries(registeredAccess(client)).filter(([, scopes]) => asked.length > 0 && asked.every((scope) => scopes.includes(scope)));
  return fitting.length === 1 ? fitting[0]?.[0] : undefined;
}

/** More than is registered is refused, not cut down: the token would look right and fail later. */
function requireRegistered({ identifier, scopes }: ProtectedResource, asked: readonly string[], client: Client): void {
  const registered = registeredAccess(client)[identifier];
  if (registered === undefined) throw new errors.InvalidTarget();
  if (asked.length === 0) throw new errors.InvalidScope("scope must name what is asked for", "");
  const strange = asked.find((scope) => !registered.includes(scope) || !scopes.includes(scope));
  if (strange !== undefined) throw new errors.InvalidScope("requested scope is not registered for this resource", strange);
}
