import type { Grant, KoaContextWithOIDC, Provider } from "oidc-provider";
import { asIdentifier, type ClientId, type PersonId } from "../identifiers.ts";
import { type Consent, findConsent } from "../people/index.ts";
import type { ProviderPorts } from "./ports.ts";

const day = 24 * 60 * 60;
export const refreshTokenLife = 14 * day;

/** The grant of this session, or a new one from what the person agreed to before. */
export async function loadGrant(ports: ProviderPorts, ctx: KoaContextWithOIDC): Promise<Grant | undefined> {
  const { client, session, result, account, provider } = ctx.oidc;
  if (client === undefined || session === undefined || account === undefined) return undefined;
  const grantId = result?.consent?.grantId ?? session.grantIdFor(client.clientId);
  const existing = grantId === undefined ? undefined : await provider.Grant.find(grantId);
  if (existing !== undefined && existing.accountId === account.accountId) return renewed(existing, ports.clock());

  const consent = await findConsent(ports.storage.read, account.accountId as PersonId, asIdentifier<ClientId>(client.clientId));
  return consent === null ? undefined : grantFrom(provider, account.accountId, consent);
}

/** A new grant of what a consent allows, saved. */
export async function grantFrom(provider: Provider, accountId: string, consent: Consent): Promise<Grant> {
  const grant = new provider.Grant({ accountId, clientId: consent.clientId });
  grant.addOIDCScope(consent.scope.join(" "));
  if (consent.claims.length > 0) grant.addOIDCClaims([...consent.claims]);
  for (const [resource, scopes] of Object.entries(consent.resources)) grant.addResourceScope(resource, scopes.join(" "));
  await grant.save();
  return grant;
}

/** A grant outlives the refresh tokens that are given out under it: it is renewed once a day. */
async function renewed(grant: Grant, now: number): Promise<Grant> {
  if (grant.exp === undefined || grant.exp - now > refreshTokenLife - day) return grant;
  // The library gives a new life to what has none.
  Object.assign(grant, { exp: undefined, iat: undefined });
  await grant.save();
  return grant;
}
