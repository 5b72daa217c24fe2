import { type Configuration, errors, type KoaContextWithOIDC } from "oidc-provider";
import { asIdentifier, type ClientId, type PersonId } from "../../identifiers.ts";
import { type Consent, findBySubject, findConsent, takesRequests } from "../../people/index.ts";
import { placeApproval } from "../approvals.ts";
import type { ProviderPorts } from "../ports.ts";

type Ciba = Required<Pick<NonNullable<Configuration["features"]>, "ciba">>;

/** Seconds a request waits for its answer, unless the client asks for less (CIBA 7.1). */
const longestLife = 600;

export function backchannelRequestLife(ctx: KoaContextWithOIDC | undefined): number {
  const asked = Number(ctx?.oidc.params?.["requested_expiry"] ?? longestLife);
  return Math.min(longestLife, asked);
}

/**
 * Client-initiated backchannel authentication (OpenID Connect CIBA 1.0), polled or with a ping. A person
 * is named by the pseudonym that this relying party has for them, and asked only by one that they have
 * consented to, for no more than they consented to, and unless they want no requests at all.
 */
export function ciba(ports: ProviderPorts): Ciba {
  return {
    ciba: {
      enabled: true,
      deliveryModes: ["poll", "ping"],
      processLoginHint: async (ctx, hint) => (hint === undefined ? undefined : ((await personOf(ports, ctx, hint)) ?? undefined)),
      processLoginHintToken: async () => {
        throw new errors.InvalidRequest("login_hint_token is not supported: use id_token_hint or login_hint");
      },
      validateBindingMessage: async (_ctx, message) => {
        if (!isBindingMessage(message)) throw new errors.InvalidBindingMessage("binding_message: 1 to 64 letters, digits, spaces and punctuation marks are required");
      },
      validateRequestContext: async (_ctx, context) => {
        if (context !== undefined) throw new errors.InvalidRequest("request_context is not supported");
      },
      // The last question before the request is made, once everything in it was read.
      verifyUserCode: (ctx, account, userCode) => refuseUnwelcome(ports, ctx, asIdentifier<PersonId>(account.accountId), userCode),
      triggerAuthenticationDevice: (ctx, request) => placeApproval(ports, ctx, request),
    },
  };
}

/** What shows as it is, in one line: nothing invisible, nothing that turns the direction of writing. */
const bindingMessageForm = /^(?! )[\p{L}\p{N}\p{P}\p{Sc}\p{Sm} ]{1,64}(?<! )$/u;
const isBindingMessage = (message: unknown): boolean => typeof message === "string" && bindingMessageForm.test(message) && !/\p{Default_Ignorable_Code_Point}/u.test(message);

/** The account that a request is about: the library takes the subject of an `id_token_hint` for one, but it is a pseudonym. */
export function hintedPerson(ports: ProviderPorts, ctx: KoaContextWithOIDC, sub: string): Promise<PersonId | null> {
  const { route, entities } = ctx.oidc;
  if (route !== "backchannel_authentication" || entities.IdTokenHint === undefined) return Promise.resolve(asIdentifier<PersonId>(sub));
  return personOf(ports, ctx, sub);
}

function personOf({ storage }: ProviderPorts, ctx: KoaContextWithOIDC, subject: string): Promise<PersonId | null> {
  const sectorIdentifier = ctx.oidc.client?.sectorIdentifier;
  return typeof sectorIdentifier !== "string" ? Promise.resolve(null) : findBySubject(storage.read, sectorIdentifier, subject);
}

async function refuseUnwelcome({ storage }: ProviderPorts, ctx: KoaContextWithOIDC, personId: PersonId, userCode: unknown): Promise<void> {
  if (userCode !== undefined) throw new errors.InvalidRequest("user_code is not supported");
  const consent = await findConsent(storage.read, personId, asIdentifier<ClientId>(String(ctx.oidc.client?.clientId)));
  // Told no more than of somebody who was never here.
  if (consent === null) throw new errors.UnknownUserId("could not identify end-user");
  if (!allows(consent, ctx)) throw new errors.InvalidScope("more than the person has consented to", String(ctx.oidc.params?.["scope"]));
  if (!(await takesRequests(storage.read, personId))) throw new errors.AccessDenied("the person takes no requests");
}

/** The claims that tell of the sign-in itself need no consent of their own. */
const ownClaims = ["sub", "sid", "auth_time", "acr", "amr", "iss"];

function allows({ scope, claims, resources }: Consent, { oidc }: KoaContextWithOIDC): boolean {
  const scopes = [...oidc.requestParamOIDCScopes].every((each) => scope.includes(each));
  const named = [...oidc.requestParamClaims].every((each) => claims.includes(each) || ownClaims.includes(each));
  const opened = Object.entries(oidc.resourceServers ?? {}).every(([resource, server]) => {
    const asked = [...oidc.requestParamScopes].filter((each) => server.scopes.has(each));
    return asked.length > 0 && asked.every((each) => resources[resource]?.includes(each) === true);
  });
  return scopes && named && opened;
}
