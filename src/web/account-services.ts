import type { Context } from "koa";
import type { RelyingParty } from "../../views/context.ts";
import { type AccountService, accountServicePage } from "../../views/pages/index.ts";
import { Refusal } from "../errors.ts";
import { asIdentifier, type ClientId } from "../identifiers.ts";
import { findConsent, listAssertions, listConsents, type PersonRecord } from "../people/index.ts";
import { findRelyingParty } from "../relying-parties/index.ts";
import { accountNotice } from "./account-notice.ts";
import type { AccountSession } from "./account-session.ts";
import { pathId, sendPage } from "./context.ts";
import type { WebPorts } from "./ports.ts";
import { nameOfResource, withAssurance } from "./shared.ts";
import { sharedVerifiedClaims } from "./verified-claims-view.ts";

const addressOf = (clientId: ClientId): string => `/account/services/${encodeURIComponent(clientId)}`;

/** A service by name and host; one that is registered no more by its id. */
export async function partyOf(ports: WebPorts, clientId: ClientId): Promise<RelyingParty> {
  const registered = await findRelyingParty(ports.storage, clientId);
  const [redirectUri] = registered?.metadata.redirect_uris ?? [];
  return { name: registered?.metadata.client_name ?? clientId, host: redirectUri === undefined ? clientId : new URL(redirectUri).host };
}

/** The services that a person is connected with, the latest first. */
export async function servicesOf(ports: WebPorts, person: PersonRecord): Promise<AccountService[]> {
  const consents = await listConsents(ports.storage.read, person.id);
  return Promise.all(consents.map(async ({ clientId, grantedAt }) => ({ party: await partyOf(ports, clientId), since: grantedAt, url: addressOf(clientId) })));
}

const told = 10;

/** One connected service: what it receives, what it was told, and the ways to change that. @throws Refusal `not_found`. */
export async function showService(ctx: Context, ports: WebPorts, { person }: AccountSession): Promise<void> {
  const clientId = asIdentifier<ClientId>(pathId(ctx, "id"));
  const consent = await findConsent(ports.storage.read, person.id, clientId);
  if (consent === null) throw new Refusal("not_found", "no such connection");
  const { scope, claims, resources, verifiedClaims, grantedAt } = consent;
  const assertions = await listAssertions(ports.storage.read, person, clientId, told);
  const base = addressOf(clientId);
  sendPage(ctx, ports, accountServicePage, {
    party: await partyOf(ports, clientId),
    since: grantedAt,
    shared: { scopes: withAssurance(scope), claims, resources: Object.keys(resources).map((indicator) => nameOfResource(ports, indicator)) },
    verified: sharedVerifiedClaims(verifiedClaims, base),
    told: assertions.flatMap(({ at, levels }) => (levels === null ? [] : [{ at, levels: `IAL ${levels.ial} / AAL ${levels.aal} / FAL ${levels.fal}` }])),
    ...(assertions.length > 0 && { renewPseudonymUrl: `${base}/pseudonym` }),
    disconnectUrl: `${base}/disconnect`,
    ...accountNotice(ctx),
  });
}
