import { type BackchannelAuthenticationRequest, errors, type KoaContextWithOIDC, type Provider } from "oidc-provider";
import type { AssuranceRequirement, StepUp } from "../assurance/index.ts";
import { Refusal } from "../errors.ts";
import { asIdentifier, type ClientId, newIdentifier, type PasskeyId, type PersonId } from "../identifiers.ts";
import { findConsent, type PersonRecord } from "../people/index.ts";
import { appendReceipt, type Artifact, type Transaction } from "../storage/index.ts";
import { askedAcr, requirementOf } from "./asking.ts";
import { type AuthenticationFacts, type AuthorizationFacts, encodeFacts } from "./authentication-facts.ts";
import { keepVerifiedClaims } from "./features/verified-claims.ts";
import { grantFrom } from "./grants.ts";
import { assuranceOf, noClient } from "./levels.ts";
import { nextStep } from "./next-step.ts";
import { ownMetadata } from "./own-metadata.ts";
import type { ProviderPorts } from "./ports.ts";

const model = "Approval";
/** One mark a request, kept for an hour: against wearing a person down by asking. */
const markModel = "ApprovalAsked";
const limits = { waitingOfClient: 3, waiting: 10, anHourOfClient: 10, anHour: 30 } as const;
const hour = 60 * 60;

interface Stored {
  readonly id: string;
  readonly requestId: string;
  readonly clientId: ClientId;
  readonly bindingMessage: string;
  readonly shared: Approval["shared"];
  /** `acr_values` and `claims`, as asked. */
  readonly asked: { readonly acr_values?: unknown; readonly claims?: unknown };
  readonly askedAt: number;
}

/** A request that waits for a person's answer (CIBA), as the person sees it. */
export interface Approval {
  readonly id: string;
  readonly client: { readonly id: ClientId; readonly name: string; readonly host: string };
  /** Chosen by the relying party: shows on its own screen too. */
  readonly bindingMessage: string;
  readonly shared: { readonly scopes: readonly string[]; readonly claims: readonly string[]; readonly resources: readonly string[] };
  readonly requirement: AssuranceRequirement;
  readonly askedAt: number;
  readonly expiresAt: number;
}

export interface Approvals {
  /** What waits for this person, the latest first. */
  waiting(personId: PersonId): Promise<Approval[]>;
  /** @throws Refusal `not_found`: answered, expired, withdrawn or another person's. */
  find(personId: PersonId, id: string): Promise<Approval>;
  nextStep(approval: Approval, person: PersonRecord, facts: AuthenticationFacts, lesserWillDo: boolean): Promise<StepUp>;
  /** @throws Refusal `operation_not_possible` when it was answered already. */
  approve(approval: Approval, person: PersonRecord, facts: AuthenticationFacts): Promise<void>;
  refuse(approval: Approval, personId: PersonId, error: "access_denied" | "unmet_authentication_requirements"): Promise<void>;
}

/** Puts a request before the person; there is nothing that rings: pages of the bridge show it. */
export async function placeApproval({ storage, clock }: ProviderPorts, ctx: KoaContextWithOIDC, request: BackchannelAuthenticationRequest): Promise<void> {
  const { client, params, requestParamOIDCScopes, requestParamClaims, resourceServers } = ctx.oidc;
  const now = clock();
  const clientId = asIdentifier<ClientId>(String(client?.clientId));
  const personId = asIdentifier<PersonId>(String(request.accountId));
  const stored: Stored = {
    id: newIdentifier(),
    requestId: request.jti,
    clientId,
    bindingMessage: String(params?.["binding_message"]),
    shared: { scopes: [...requestParamOIDCScopes], claims: [...requestParamClaims], resources: Object.keys(resourceServers ?? {}) },
    asked: { acr_values: params?.["acr_values"], claims: params?.["claims"] },
    askedAt: now,
  };
  const placed = await storage.transaction(async ({ artifacts, data }) => {
    if (!(await hasRoom({ artifacts }, personId, clientId, now))) return false;
    for (const uid of [personId, `${personId} ${clientId}`]) await artifacts.insert(markModel, newIdentifier(), {}, { uid, expiresAt: now + hour });
    await artifacts.insert(model, stored.id, stored, { accountId: personId, clientId, expiresAt: now + request.expiration });
    await appendReceipt(data, { kind: "approval_asked", at: now, personId, detail: { client: clientId } });
    return true;
  });
  if (placed) {
    keepVerifiedClaims(request);
    await request.save();
    return;
  }
  await request.destroy();
  throw new errors.AccessDenied("the person was asked too often: wait for an answer, or for an hour");
}

async function hasRoom({ artifacts }: Pick<Transaction, "artifacts">, personId: PersonId, clientId: ClientId, now: number): Promise<boolean> {
  const waiting = (await artifacts.listByAccount(model, personId, now)).filter(isOpen);
  const ofClient = waiting.filter(({ payload }) => (payload as Stored).clientId === clientId);
  if (waiting.length >= limits.waiting || ofClient.length >= limits.waitingOfClient) return false;
  if ((await artifacts.countByUid(markModel, `${personId} ${clientId}`, now)) >= limits.anHourOfClient) return false;
  return (await artifacts.countByUid(markModel, personId, now)) < limits.anHour;
}

const isOpen = ({ consumedAt }: Artifact): boolean => consumedAt === null;

export function createApprovals(ports: ProviderPorts, provider: () => Provider): Approvals {
  const { storage, clock } = ports;
  const approvalOf = async ({ payload, expiresAt }: Artifact): Promise<Approval | null> => {
    const { clientId, asked, requestId: _, ...shown } = payload as Stored;
    const client = await provider().Client.find(clientId);
    if (client === undefined) return null;
    const { host } = new URL(client.redirectUris?.[0] ?? ports.issuer);
    return { ...shown, client: { id: clientId, name: client.clientName ?? host, host }, requirement: requirementOf(asked, ownMetadata(client)), expiresAt };
  };
  const openOnes = async (personId: PersonId): Promise<Artifact[]> => (await storage.artifacts.listByAccount(model, personId, clock())).filter(isOpen);
  const artifactOf = async (personId: PersonId, id: string): Promise<Artifact> => {
    const found = (await openOnes(personId)).find(({ payload }) => (payload as Stored).id === id);
    if (found === undefined) throw new Refusal("not_found", "no such approval of this person");
    return found;
  };
  /** Takes the answer, once, and gives it to whoever asked. */
  const answer = async (given: { readonly kind: "approval_given"; readonly passkey: PasskeyId | null } | { readonly kind: "approval_refused" }, personId: PersonId, id: string, give: (stored: Stored) => Promise<void>): Promise<void> => {
    const { kind, ...by } = given;
    const stored = (await artifactOf(personId, id)).payload as Stored;
    await storage.transaction(async ({ artifacts, data }) => {
      if (!(await artifacts.consume(model, id, clock()))) throw new Refusal("operation_not_possible", "answered already");
      await appendReceipt(data, { kind, at: clock(), personId, detail: { client: stored.clientId, ...by } });
    });
    await give(stored);
  };

  return {
    waiting: async (personId) => (await Promise.all((await openOnes(personId)).map(approvalOf))).filter((each) => each !== null),
    find: async (personId, id) => {
      const approval = await approvalOf(await artifactOf(personId, id));
      if (approval === null) throw new Refusal("not_found", "its client is gone");
      return approval;
    },
    nextStep: ({ requirement }, person, facts, lesserWillDo) => nextStep(ports, person, facts, requirement, lesserWillDo),
    approve: async ({ id, client }, person, facts) => {
      const consent = await findConsent(storage.read, person.id, client.id);
      if (consent === null) throw new Refusal("not_found", "consent was withdrawn");
      await answer({ kind: "approval_given", passkey: facts.passkeyId }, person.id, id, async ({ requestId, asked }) => {
        const { necessary, voluntary } = askedAcr(asked);
        // Nothing ties the screen that shows the message to the phone: its request counts as unprotected.
        const authorization: AuthorizationFacts = { ...facts, request: "plain", acrValues: [...necessary, ...voluntary] };
        const { amr, authTime } = assuranceOf(ports, person, facts, noClient);
        const grant = await grantFrom(ports, provider(), person.id, consent);
        if (grant === undefined) throw new Refusal("not_found", "consent was withdrawn");
        await deliver(ports, provider(), requestId, grant, { acr: encodeFacts(authorization), amr: [...amr], authTime: authTime ?? clock() });
      });
    },
    refuse: ({ id }, personId, error) => {
      const refusal = error === "access_denied" ? new errors.AccessDenied("the person refused") : new errors.UnmetAuthenticationRequirements("the requested level of assurance could not be reached");
      return answer({ kind: "approval_refused" }, personId, id, ({ requestId }) => deliver(ports, provider(), requestId, refusal));
    },
  };
}

type Delivery = Parameters<Provider["backchannelResult"]>;

/** A relying party that does not hear the ping can still ask: the answer stands. */
async function deliver({ log }: ProviderPorts, provider: Provider, requestId: string, ...answer: Delivery extends [unknown, ...infer Rest] ? Rest : never): Promise<void> {
  try {
    await provider.backchannelResult(requestId, ...answer);
  } catch (error) {
    const kept = await provider.BackchannelAuthenticationRequest.find(requestId);
    if (kept?.grantId === undefined && kept?.error === undefined) throw error;
    log.warn({ kind: error instanceof Error ? error.name : "unknown", client: kept.clientId }, "ping failed");
  }
}
