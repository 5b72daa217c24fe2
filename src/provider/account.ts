import type { Account, AccessToken, AuthorizationCode, ClientCredentials, FindAccount, KoaContextWithOIDC, RefreshToken } from "oidc-provider";
import { findPerson } from "../people/index.ts";
import type { PersonId } from "../identifiers.ts";
import { decodeFacts, encodeFacts, type AuthorizationFacts } from "./authentication-facts.ts";
import { livingPerson } from "./living-evidence.ts";
import { claimsOf, clientAuthentication, requestedAcr, senderConstraint } from "./levels.ts";
import type { ProviderPorts } from "./ports.ts";

/** Where the facts of an authorization lie hidden in an opaque access token. Never shown. */
const hidden = "authorization_facts";

/**
 * Accounts for the provider. A person on hold or erased has none: sign-in, code exchange and refresh
 * end there. The claims are computed anew for each token, from the facts that the token carries.
 */
export function createFindAccount(ports: ProviderPorts): FindAccount {
  return async (ctx, sub, token) => {
    const person = await findPerson(ports.storage.read, sub as PersonId);
    if (person === null || person.state !== "active") return undefined;
    return { accountId: sub, claims: () => claimsForToken(ports, ctx, sub as PersonId, token) } as Account;
  };
}

type Source = AuthorizationCode | AccessToken | RefreshToken | object | undefined;

async function claimsForToken(ports: ProviderPorts, ctx: KoaContextWithOIDC, personId: PersonId, token: Source): Promise<{ sub: string }> {
  const { client, entities } = ctx.oidc;
  const person = await livingPerson(ports, personId, ports.statusRefresh);
  if (person === null || client === undefined) return { sub: personId };
  const accessToken = entities.AccessToken;
  const claims = claimsOf(ports, person, factsOfToken(token), {
    authentication: clientAuthentication(client.tokenEndpointAuthMethod),
    senderConstrained: senderConstraint(accessToken),
  });
  // The ID token takes its acr from the code or refresh token: they give up the facts they carried,
  // in memory only, after everything that is stored was stored.
  for (const source of [entities.AuthorizationCode, entities.RefreshToken]) {
    if (source !== undefined) (source as { acr?: string }).acr = claims.acr;
  }
  return { sub: personId, ...claims };
}

function factsOfToken(token: Source): AuthorizationFacts {
  if (token === undefined) return decodeFacts(undefined);
  const { acr, extra } = token as { acr?: unknown; extra?: Record<string, unknown> };
  return decodeFacts(acr ?? extra?.[hidden]);
}

/** Called as a code is made: writes down what was presented and how it was asked for. */
export function rememberAuthorization(ctx: KoaContextWithOIDC, code: unknown): void {
  const { session, params, entities } = ctx.oidc;
  if ((code as { kind?: string }).kind !== "AuthorizationCode") return;
  const interaction = entities.Interaction as { parJti?: string } | undefined;
  const pushed = entities.PushedAuthorizationRequest !== undefined || interaction?.parJti !== undefined;
  const signed = typeof params?.["request"] === "string";
  const facts: AuthorizationFacts = {
    ...decodeFacts(session?.acr),
    request: pushed ? "pushed" : signed ? "signed" : "plain",
    acrValues: requestedAcr(params ?? {}),
  };
  (code as { acr?: string }).acr = encodeFacts(facts);
}

type TokenWithExtra = AccessToken | ClientCredentials;

/**
 * The extra claims of an access token: in a JWT the computed levels; in an opaque one the facts,
 * from which userinfo and introspection compute the levels of the day.
 */
export function createExtraTokenClaims(ports: ProviderPorts): (ctx: KoaContextWithOIDC, token: TokenWithExtra) => Promise<Record<string, unknown> | undefined> {
  return async (ctx, token) => {
    if (token.kind !== "AccessToken") return undefined;
    const accessToken = token as AccessToken;
    const { client, entities } = ctx.oidc;
    const source = entities.RefreshToken ?? entities.AuthorizationCode;
    const facts = decodeFacts((source as { acr?: string } | undefined)?.acr);
    if (accessToken.resourceServer?.accessTokenFormat !== "jwt") return { [hidden]: encodeFacts(facts) };
    const person = await livingPerson(ports, accessToken.accountId as PersonId, ports.statusRefresh);
    if (person === null || client === undefined) return undefined;
    return claimsOf(ports, person, facts, {
      authentication: clientAuthentication(client.tokenEndpointAuthMethod),
      senderConstrained: senderConstraint(accessToken),
    });
  };
}

/** Puts the levels of the day in the place of the hidden facts, for the introspection answer. */
export async function revealLevels(ports: ProviderPorts, ctx: KoaContextWithOIDC, token: unknown): Promise<void> {
  const { kind, accountId, extra, clientId } = token as { kind: string; accountId?: string; extra?: Record<string, unknown>; clientId: string };
  if (kind !== "AccessToken" || accountId === undefined || extra?.[hidden] === undefined) return;
  const person = await livingPerson(ports, accountId as PersonId, ports.statusRefresh);
  const client = await ctx.oidc.provider.Client.find(clientId);
  const { [hidden]: facts, ...rest } = extra;
  const claims = person === null || client === undefined ? {} : claimsOf(ports, person, decodeFacts(facts), {
    authentication: clientAuthentication(client.tokenEndpointAuthMethod),
    senderConstrained: senderConstraint(token as AccessToken),
  });
  (token as { extra: Record<string, unknown> }).extra = { ...rest, ...claims };
}
