import type { Account, AccessToken, AuthorizationCode, Client, ClientCredentials, FindAccount, KoaContextWithOIDC, RefreshToken } from "oidc-provider";
import { maySignIn, type PersonRecord } from "../people/index.ts";
import type { PersonId } from "../identifiers.ts";
import { askedAcr } from "./asking.ts";
import { claimsOf, issueClaims } from "./assertion.ts";
import { decodeFacts, encodeFacts, type AuthorizationFacts } from "./authentication-facts.ts";
import { hintedPerson } from "./features/ciba.ts";
import { livingPerson } from "./living-evidence.ts";
import { clientAuthentication, senderConstraint } from "./levels.ts";
import type { ProviderPorts } from "./ports.ts";

/** Where the facts of an authorization lie hidden in an opaque access token. Never shown. */
const hidden = "authorization_facts";

/** An account of the provider, with the person it stands for as known when it was asked for. */
export interface PersonAccount extends Account {
  readonly person: PersonRecord;
}

type Source = AuthorizationCode | AccessToken | RefreshToken | object | undefined;

/**
 * Accounts for the provider. A person on hold or erased has none: sign-in, code exchange and refresh
 * end there. The status is asked for here, before a code or refresh token is consumed: when it falls,
 * they are gone and the exchange is refused. Claims are computed anew for each token.
 */
export function createFindAccount(ports: ProviderPorts): FindAccount {
  return async (ctx, sub, token): Promise<PersonAccount | undefined> => {
    const personId = await hintedPerson(ports, ctx, sub);
    const person = personId === null ? null : await livingPerson(ports, personId, ports.statusRefresh);
    const facts = token === undefined ? decodeFacts(ctx.oidc.session?.acr) : factsOfToken(token);
    if (person === null || !maySignIn(person) || hasEnded(token === undefined ? person.sessionsEndedAt : person.grantsEndedAt, facts)) return undefined;
    return { accountId: person.id, person, claims: async (use) => claimsForToken(ports, ctx, person, token, use) };
  };
}

/** Whether what was presented was ended since: by a fallen certificate, by a removed passkey; sessions alone by a hold. */
function hasEnded(endedAt: number | null, { passkey, signature }: AuthorizationFacts): boolean {
  const presentedAt = Math.max(passkey?.at ?? 0, signature?.at ?? 0);
  return endedAt !== null && presentedAt > 0 && presentedAt < endedAt;
}

async function claimsForToken(ports: ProviderPorts, ctx: KoaContextWithOIDC, person: PersonRecord, token: Source, use: string): Promise<{ sub: string }> {
  const { client, entities } = ctx.oidc;
  if (client === undefined) return { sub: person.id };
  const facts = factsOfToken(token);
  const asked = { authentication: clientAuthentication(client.tokenEndpointAuthMethod), senderConstrained: senderConstraint(entities.AccessToken) };
  const claims = use === "id_token" ? await issueClaims(ports, ctx, person, facts, asked) : claimsOf(ports, person, facts, asked);
  // The ID token takes these from the code or refresh token: they give up what they carried, in
  // memory only, after everything that is stored was stored.
  for (const source of [...authorizationsOf(ctx), entities.RefreshToken]) {
    if (source !== undefined) Object.assign(source, { acr: claims.acr, amr: claims.amr, authTime: claims.auth_time });
  }
  return { sub: person.id, ...claims };
}

function factsOfToken(token: Source): AuthorizationFacts {
  if (token === undefined) return decodeFacts(undefined);
  const { acr, extra } = token as { acr?: unknown; extra?: Record<string, unknown> };
  return decodeFacts(acr ?? extra?.[hidden]);
}

/** What a person authorized, by any of the grants, in the request that exchanges it. */
const authorizationsOf = ({ oidc: { entities } }: KoaContextWithOIDC): readonly ({ acr?: string | undefined } | undefined)[] => [
  entities.AuthorizationCode,
  entities.DeviceCode,
  entities.BackchannelAuthenticationRequest,
];

/** Called as a code is made or a device's code is approved: writes down what was presented and how it was asked for. */
export function rememberAuthorization(ctx: KoaContextWithOIDC, code: unknown): void {
  const { session, params, entities, trusted } = ctx.oidc;
  const { kind } = code as { kind?: string };
  if (kind !== "AuthorizationCode" && kind !== "DeviceCode") return;
  const interaction = entities.Interaction as { parJti?: string } | undefined;
  const pushed = entities.PushedAuthorizationRequest !== undefined || interaction?.parJti !== undefined;
  const signed = trusted !== undefined && trusted.length > 0;
  const { necessary, voluntary } = askedAcr(params ?? {});
  const facts: AuthorizationFacts = {
    ...decodeFacts(session?.acr),
    // Nothing ties a device to the browser in which its code was entered: its request counts as unprotected.
    request: kind === "DeviceCode" ? "plain" : pushed ? "pushed" : signed ? "signed" : "plain",
    acrValues: [...necessary, ...voluntary],
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
    const { client, entities, account } = ctx.oidc;
    const source = entities.RefreshToken ?? authorizationsOf(ctx).find((each) => each !== undefined);
    const facts = decodeFacts((source as { acr?: string } | undefined)?.acr);
    if (account === undefined || client === undefined) return undefined;
    const claims = issueClaims(ports, ctx, (account as PersonAccount).person, facts, {
      authentication: clientAuthentication(client.tokenEndpointAuthMethod),
      senderConstrained: senderConstraint(accessToken),
    });
    // An opaque token tells nothing by itself: it is stored while the receipt is written.
    return accessToken.resourceServer?.accessTokenFormat === "jwt" ? claims : { [hidden]: encodeFacts(facts) };
  };
}

/** Puts the levels of the day in the place of the hidden facts, for the introspection answer. @param client - whose token it is. */
export async function revealLevels(ports: ProviderPorts, client: Client, token: unknown): Promise<void> {
  const { kind, accountId, extra } = token as { kind: string; accountId?: string; extra?: Record<string, unknown> };
  if (kind !== "AccessToken" || accountId === undefined || extra?.[hidden] === undefined) return;
  const person = await livingPerson(ports, accountId as PersonId, ports.statusRefresh);
  const { [hidden]: facts, ...rest } = extra;
  const claims = person === null ? {} : claimsOf(ports, person, decodeFacts(facts), {
    authentication: clientAuthentication(client.tokenEndpointAuthMethod),
    senderConstrained: senderConstraint(token as AccessToken),
  });
  (token as { extra: Record<string, unknown> }).extra = { ...rest, ...claims };
}
