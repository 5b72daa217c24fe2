import type { IncomingMessage, ServerResponse } from "node:http";
import { type InteractionResults, Provider } from "oidc-provider";
import { type AssuranceRequirement, requirementSatisfied, type StepUp } from "../assurance/index.ts";
import { Refusal } from "../errors.ts";
import { asIdentifier, type ClientId, type PersonId } from "../identifiers.ts";
import { type PersonRecord, rememberConsent, whyNoSignIn } from "../people/index.ts";
import { type Approvals, createApprovals } from "./approvals.ts";
import { requirementOf } from "./asking.ts";
import { type AuthenticationFacts, decodeFacts, encodeFacts } from "./authentication-facts.ts";
import { createConfiguration, type ProviderPages } from "./configuration.ts";
import { createEventSigner, type EventSigner } from "./event-signing.ts";
import { acceptRotatedSecrets } from "./features/client-secrets.ts";
import { logoutThroughOutbox } from "./features/backchannel-logout.ts";
import { introspectOwnTokens } from "./features/own-token-introspection.ts";
import { addSlowDown } from "./features/decoupled.ts";
import { letUnaskedSignOutsEnd } from "./features/sign-out.ts";
import { receiptReader } from "./features/receipt-access.ts";
import { type SignalReceiver, signalReceiver } from "./features/ssf-access.ts";
import { stepUpDeclined } from "./interaction-policy.ts";
import { assuranceOf, noClient, planFor } from "./levels.ts";
import { type AskedClaim, askedVerifiedClaims, decisionsOf, verifiedClaimsName } from "./features/verified-claims-consent.ts";
import { ensureKeys } from "./keys.ts";
import { livingPerson } from "./living-evidence.ts";
import { observeEndpoints } from "./observed-endpoints.ts";
import { answerOutages } from "./outages.ts";
import { ownMetadata } from "./own-metadata.ts";
import type { ProviderPorts } from "./ports.ts";
import { receiptStatement } from "./receipt-statement.ts";
import { refuseWhatCannotBeSigned } from "./signing-first.ts";
import { sendOnlyNewSessions } from "./session-cookie.ts";
import { canSign, loadProviderKeys, type ProviderKeys } from "./signing-keys.ts";

/** The relying party of an interaction, as the person sees it. */
export interface InteractionClient {
  readonly id: ClientId;
  readonly name: string;
  /** Host of the redirect URI of this request. */
  readonly host: string;
  readonly redirectOrigin: string;
  readonly redirectUri: string;
}

/** What an authorization request waits for. */
export interface Interaction {
  readonly uid: string;
  readonly prompt: "login" | "consent";
  readonly reasons: readonly string[];
  readonly client: InteractionClient;
  readonly uiLocales: string | undefined;
  /** The person of the session when the interaction began; whether that still counts is asked of the person. */
  readonly signedIn: { readonly personId: PersonId; readonly facts: AuthenticationFacts } | null;
  /** What the request and the registration ask of the sign-in. */
  readonly requirement: AssuranceRequirement;
  /** What consent is asked for. */
  readonly missing: { readonly scopes: readonly string[]; readonly claims: readonly string[]; readonly resources: Readonly<Record<string, readonly string[]>> };
  /** The verified claims that are asked for, decided upon or not. */
  readonly verifiedClaims: readonly AskedClaim[];
}

/** oidc-provider behind the few things that web needs of it. */
export interface BridgeProvider {
  /** Answers every request that is not one of web's own. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** @throws the library's `SessionNotFound` when there is none, it expired, or the cookie is another's. */
  interaction(request: IncomingMessage, response: ServerResponse): Promise<Interaction>;
  /** What is still to be done before this person reaches what the request asks for. */
  plan(interaction: Interaction, person: PersonRecord, facts: AuthenticationFacts): StepUp;
  /** Requests that wait for somebody's approval (CIBA). */
  readonly approvals: Approvals;
  /** Signs the person in, as known in this request, and gives the URL to go on to; whether they may is asked there anew. */
  signIn(request: IncomingMessage, response: ServerResponse, person: PersonRecord, facts: AuthenticationFacts): Promise<string>;
  /**
   * @param chosen the verified claims that the person lets be known, of those that are not essential.
   * @throws Refusal `person_on_hold`, `person_erased`, `certificate_on_hold` for whoever may not sign in any more.
   */
  grantConsent(request: IncomingMessage, response: ServerResponse, chosen: readonly string[]): Promise<string>;
  /** Ends the authorization request with `access_denied` at the relying party. */
  cancel(request: IncomingMessage, response: ServerResponse): Promise<string>;
  /** The person does no more: goes on where a lesser level that was asked for too is reached, else ends with `unmet_authentication_requirements`. */
  declineStepUp(request: IncomingMessage, response: ServerResponse): Promise<string>;
  /** Who asks something of its streams of security events. @throws Refusal `invalid_token`. */
  signalReceiver(request: IncomingMessage): Promise<SignalReceiver>;
  /**
   * What the relying party that asks may keep of an assertion made to it: see receipt-statement.ts.
   * @throws Refusal `invalid_token`, `insufficient_scope`, `not_found`.
   */
  receiptStatement(request: IncomingMessage, id: string): Promise<string>;
  /** Signs what relying parties are told of events: streams, and back-channel logout. */
  readonly signEvent: EventSigner;
  /** Whether there is a key to sign with for each algorithm, and no token that should sign hangs. */
  hasKeys(): boolean;
  /** Loads the signing keys anew, if they changed. */
  refreshKeys(): Promise<void>;
}

export async function createProvider(ports: ProviderPorts, pages: ProviderPages): Promise<BridgeProvider> {
  await ensureKeys(ports.storage, ports.clock());
  const build = async (): Promise<{ provider: Provider; keys: ProviderKeys; answer: ReturnType<Provider["callback"]>; signEvent: EventSigner }> => {
    const keys = await loadProviderKeys(ports);
    const provider = new Provider(ports.issuer, createConfiguration(ports, pages, keys));
    provider.proxy = true;
    logFailures(provider, ports);
    answerOutages(provider, (ctx, error) => pages.error(ctx, error));
    refuseWhatCannotBeSigned(provider, keys);
    sendOnlyNewSessions(provider, ports.clock);
    letUnaskedSignOutsEnd(provider, pages.allowSignOutToEnd);
    if (ports.observer !== undefined) observeEndpoints(provider, ports.observer);
    acceptRotatedSecrets(provider, ports.storage, ports.clock);
    addSlowDown(provider, ports.clock);
    introspectOwnTokens(provider, keys.signing, ports);
    logoutThroughOutbox(provider, ports);
    return { provider, keys, answer: provider.callback(), signEvent: await createEventSigner(keys.signing) };
  };
  let current = await build();

  return {
    handle: async (request, response) => void (await current.answer(request, response)),
    interaction: (request, response) => describe(current.provider, request, response),
    plan: (interaction, person, facts) => planFor(ports, person, facts, interaction.requirement),
    approvals: createApprovals(ports, () => current.provider),
    signIn: (request, response, person, facts) => {
      ports.observer?.signedIn(facts.passkeyId === null ? "certificate" : "passkey");
      const { amr, authTime } = assuranceOf(ports, person, facts, noClient);
      return current.provider.interactionResult(request, response, {
        login: { accountId: person.id, acr: encodeFacts(facts), amr: [...amr], ts: authTime ?? ports.clock() },
      });
    },
    grantConsent: (request, response, chosen) => grantConsent(ports, current.provider, request, response, chosen),
    cancel: (request, response) =>
      current.provider.interactionResult(request, response, { error: "access_denied", error_description: "the person cancelled" }, { mergeWithLastSubmission: false }),
    declineStepUp: (request, response) => declineStepUp(ports, current.provider, request, response),
    signEvent: (...token) => current.signEvent(...token),
    signalReceiver: (request) => signalReceiver(ports, current.provider, request),
    receiptStatement: async (request, id) => receiptStatement(ports, await receiptReader(ports, current.provider, request), id),
    hasKeys: () => canSign(current.keys),
    refreshKeys: async () => {
      if ((await loadProviderKeys(ports)).version !== current.keys.version) current = await build();
    },
  };
}

/** What goes wrong inside the library is told to the operator: kinds of errors, never their contents. */
function logFailures(provider: Provider, { log }: ProviderPorts): void {
  provider.on("server_error", (_ctx, error) => log.error({ kind: error.name }, "provider failure"));
  // Without a listener the framework writes the error, its message and its stack to the standard error stream.
  provider.on("error" as "server_error", (error: unknown) => log.error({ kind: error instanceof Error ? error.name : "unknown" }, "provider failure"));
  provider.on("backchannel.error", (_ctx, error, client) => log.warn({ kind: error.name, client: client.clientId }, "back-channel logout failed"));
}

async function describe(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<Interaction> {
  const { uid, prompt, params, session } = await provider.interactionDetails(request, response);
  const client = await provider.Client.find(String(params["client_id"]));
  const redirectUri = String(params["redirect_uri"] ?? client?.redirectUris?.[0] ?? "");
  const { host, origin } = new URL(redirectUri);
  const details = prompt.details as { missingOIDCScope?: string[]; missingOIDCClaims?: string[]; missingResourceScopes?: Record<string, string[]> };
  const verifiedClaims = askedVerifiedClaims(params["claims"]);
  // The library does not see a request that is an array.
  const missingClaims = [...new Set([...(details.missingOIDCClaims ?? []), ...(verifiedClaims.length > 0 ? [verifiedClaimsName] : [])])];
  return {
    uid,
    prompt: prompt.name === "consent" ? "consent" : "login",
    reasons: prompt.reasons,
    client: { id: asIdentifier<ClientId>(String(params["client_id"])), name: client?.clientName ?? host, host, redirectOrigin: origin, redirectUri },
    uiLocales: typeof params["ui_locales"] === "string" ? params["ui_locales"] : undefined,
    signedIn: session?.accountId === undefined ? null : { personId: asIdentifier<PersonId>(session.accountId), facts: decodeFacts((session as { acr?: string }).acr) },
    requirement: requirementOf(params, ownMetadata(client)),
    missing: { scopes: details.missingOIDCScope ?? [], claims: missingClaims, resources: details.missingResourceScopes ?? {} },
    verifiedClaims,
  };
}

async function declineStepUp(ports: ProviderPorts, provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<string> {
  const { signedIn, requirement } = await describe(provider, request, response);
  const person = signedIn === null ? null : await livingPerson(ports, signedIn.personId, ports.statusRefresh);
  const enough = person !== null && signedIn !== null && requirementSatisfied(requirement, assuranceOf(ports, person, signedIn.facts, noClient));
  const unmet = { error: "unmet_authentication_requirements", error_description: "the requested level of assurance could not be reached" };
  // The sign-in just made stays: declining to do more does not undo it.
  return provider.interactionResult(request, response, enough ? stepUpDeclined : unmet, { mergeWithLastSubmission: enough });
}

async function grantConsent(ports: ProviderPorts, provider: Provider, request: IncomingMessage, response: ServerResponse, chosen: readonly string[]): Promise<string> {
  const details = await provider.interactionDetails(request, response);
  const accountId = details.session?.accountId;
  const clientId = String(details.params["client_id"]);
  const person = accountId === undefined ? null : await livingPerson(ports, asIdentifier<PersonId>(accountId), ports.statusRefresh);
  if (person === null) {
    return provider.interactionResult(request, response, { error: "access_denied" }, { mergeWithLastSubmission: false });
  }
  const fallen = whyNoSignIn(person);
  if (fallen !== null) throw new Refusal(fallen, "since the page was shown");
  const existing = details.grantId === undefined ? undefined : await provider.Grant.find(details.grantId);
  const grant = existing ?? new provider.Grant({ accountId: person.id, clientId });
  const { missing, verifiedClaims } = await describe(provider, request, response);
  if (missing.scopes.length > 0) grant.addOIDCScope(missing.scopes.join(" "));
  if (missing.claims.length > 0) grant.addOIDCClaims([...missing.claims]);
  for (const [resource, scopes] of Object.entries(missing.resources)) grant.addResourceScope(resource, scopes.join(" "));
  const grantId = await grant.save();
  await rememberConsent(ports.storage, person.id, {
    clientId: asIdentifier<ClientId>(clientId),
    scope: grant.getOIDCScope().split(" ").filter(Boolean),
    claims: grant.getOIDCClaims(),
    resources: Object.fromEntries(Object.keys(grant.resources ?? {}).map((resource) => [resource, grant.getResourceScope(resource).split(" ").filter(Boolean)])),
    verifiedClaims: decisionsOf(verifiedClaims, chosen),
    grantedAt: ports.clock(),
  }, decodeFacts((details.session as { acr?: string } | undefined)?.acr).passkeyId);
  const result: InteractionResults = { consent: { grantId } };
  return provider.interactionResult(request, response, result, { mergeWithLastSubmission: true });
}
