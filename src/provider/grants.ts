import { isDeepStrictEqual } from "node:util";
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
  const found = grantId === undefined ? undefined : await provider.Grant.find(grantId);
  const existing = found?.accountId === account.accountId ? found : undefined;
  if (existing !== undefined && !needsRenewal(existing, ports.clock())) return existing;

  const personId = asIdentifier<PersonId>(account.accountId);
  const consent = await findConsent(ports.storage.read, personId, asIdentifier<ClientId>(client.clientId));
  if (consent === null) return undefined;
  if (existing === undefined) return grantFrom(ports, provider, personId, consent);
  // The library gives a new life to what has none.
  Object.assign(existing, { exp: undefined, iat: undefined });
  return saved(ports, existing, personId, consent);
}

/** A new grant of what a consent allows; undefined if that changed or was withdrawn meanwhile. */
export function grantFrom(ports: ProviderPorts, provider: Provider, personId: PersonId, consent: Consent): Promise<Grant | undefined> {
  const grant = new provider.Grant({ accountId: personId, clientId: consent.clientId });
  grant.addOIDCScope(consent.scope.join(" "));
  if (consent.claims.length > 0) grant.addOIDCClaims([...consent.claims]);
  for (const [resource, scopes] of Object.entries(consent.resources)) grant.addResourceScope(resource, scopes.join(" "));
  return saved(ports, grant, personId, consent);
}

/** A withdrawal before the saving did not see this grant, so the consent is read again; a later one ends the grant itself. */
async function saved({ storage }: ProviderPorts, grant: Grant, personId: PersonId, consent: Consent): Promise<Grant | undefined> {
  await grant.save();
  if (isDeepStrictEqual(await findConsent(storage.read, personId, consent.clientId), consent)) return grant;
  await grant.destroy();
  return undefined;
}

/** A grant outlives the refresh tokens that are given out under it: it is renewed once a day. */
const needsRenewal = ({ exp }: Grant, now: number): boolean => exp !== undefined && exp - now <= refreshTokenLife - day;
