import { type Adapter, type AdapterPayload, errors } from "oidc-provider";
import type { Clock } from "../clock.ts";
import { asIdentifier, type ClientId } from "../identifiers.ts";
import { findRelyingPartyAt } from "../relying-parties/index.ts";
import type { Artifact, Storage } from "../storage/index.ts";
import { haveAskedAgain } from "./ask-again.ts";
import { withClientCredentials } from "./features/client-credentials.ts";
import { clockAhead } from "./features/jwt-clock.ts";
import { asTheLibraryTakesIt } from "./features/registered-keys.ts";

// Until when an artifact that carries no life of its own is kept.
const fallbackLife = 24 * 60 * 60;
/** Seconds from the authorization request to its answer. */
export const interactionLife = 900;
// What a client asks for again and again.
const askedAgain = ["DeviceCode", "BackchannelAuthenticationRequest"];
// How much longer than it counts something is kept, so that a second use is known for one, and who asks
// again is told what became of it: a proof's clock may be ahead, a pushed request is answered when the
// person is ready.
const keptLonger: Readonly<Record<string, number>> = { ReplayDetection: clockAhead, PushedAuthorizationRequest: interactionLife, DeviceCode: 5 * 60, BackchannelAuthenticationRequest: 5 * 60 };
// What requests save at their end as they found it, also when another ended it meanwhile: its end is kept for
// longer than a request can take, and passed by none of them.
const savedLate = ["Session", "Interaction"];
const endKept = 15 * 60;

/**
 * Storage of oidc-provider over the artifact store. What must happen once happens by one conditional
 * update: of two parallel uses of a code or refresh token one succeeds, the other ends the grant.
 */
export function createAdapterFactory(storage: Storage, clock: Clock): (model: string) => Adapter {
  return (model) => (model === "Client" ? clientAdapter(storage, clock) : artifactAdapter(model, storage, clock));
}

function artifactAdapter(model: string, storage: Storage, clock: Clock): Adapter {
  const { artifacts } = storage;
  const payloadOf = (found: Awaited<ReturnType<typeof artifacts.find>>): AdapterPayload | undefined => {
    if (found === null || found.expiresAt <= clock() || isEnded(model, found)) return undefined;
    const payload = found.payload as AdapterPayload;
    return found.consumedAt === null ? payload : { ...payload, consumed: found.consumedAt };
  };
  return {
    upsert: async (id, payload, expiresIn) => {
      if (model === "Session" && holdsNothing(payload)) return;
      const placement = {
        expiresAt: clock() + (expiresIn ?? fallbackLife) + (keptLonger[model] ?? 0),
        uid: payload.uid ?? payload.userCode,
        grantId: grantOf(model, id, payload),
        accountId: payload.accountId,
        clientId: payload.clientId,
      };
      if (model === "DeviceCode" && isTakenUp(payload)) await takeUpOnce(storage, id, placement.expiresAt);
      if (savedLate.includes(model)) {
        const saved = await artifacts.putUnlessConsumed(model, id, payload, placement);
        // The answer to who used a session stands without it; what a person does in an interaction that is over does not.
        if (!saved && model === "Interaction") throw noInteraction();
        return;
      }
      if (model !== "ReplayDetection") return artifacts.put(model, id, payload, placement);
      // The library looks first and writes then: of two proofs at once the second is stopped here.
      if (!(await artifacts.insert(model, id, payload, placement))) throw new errors.InvalidRequest("already used");
    },
    find: async (id) => {
      const found = await artifacts.find(model, id);
      if (model === "Session" && found !== null && isEnded(model, found)) haveAskedAgain();
      return payloadOf(found);
    },
    findByUid: async (uid) => payloadOf(await artifacts.findByUid(model, uid)),
    findByUserCode: async (userCode) => payloadOf(await artifacts.findByUid(model, userCode)),
    consume: async (id) => {
      if (await artifacts.consume(model, id, clock())) return;
      if (model === "PushedAuthorizationRequest") throw new errors.InvalidRequestUri("request_uri was already used");
      const found = await artifacts.find(model, id);
      const { grantId } = (found?.payload ?? {}) as AdapterPayload;
      // Used a second time, not merely too late: somebody holds a copy, so nothing of it may live on.
      if (found !== null && found.consumedAt !== null && grantId !== undefined) await artifacts.removeByGrant(grantId);
      throw new errors.InvalidGrant("already used");
    },
    destroy: async (id) => {
      if (savedLate.includes(model)) await endForGood(model, id, storage, clock());
      else await artifacts.remove(model, id);
    },
    revokeByGrantId: (grantId) => artifacts.removeByGrant(grantId),
  };
}

const isEnded = (model: string, { consumedAt }: Artifact): boolean => savedLate.includes(model) && consumedAt !== null;

/**
 * Nobody is signed in to it, and no page has its secret in it. The library saves one for every request whose cookie is
 * of a session that is over: who has such a cookie, as anybody may, would have any number of them stored.
 */
const holdsNothing = ({ accountId, state }: AdapterPayload): boolean => accountId === undefined && state === undefined;

const noInteraction = (): Error => new errors.SessionNotFound("interaction session not found");

/**
 * The library ends an interaction as it is resumed: of two resumptions at once one goes on. A session that takes
 * another id ends under the old one: if somebody signed out of it first, it does not go on.
 */
async function endForGood(model: string, id: string, { artifacts }: Storage, now: number): Promise<void> {
  if (await artifacts.end(model, id, now, now + endKept)) return;
  if (model === "Interaction") throw noInteraction();
  // A cookie of long ago gives a session that was never saved: that one may go on.
  if ((await artifacts.find(model, id)) !== null) throw new errors.SessionNotFound("session not found");
}

/** What ends with a grant. An interaction only mentions one: it must outlive the grant of who signs out in it. */
function grantOf(model: string, id: string, payload: AdapterPayload): string | undefined {
  if (model === "Grant") return id;
  return ["AccessToken", "AuthorizationCode", "RefreshToken", ...askedAgain].includes(model) ? payload.grantId : undefined;
}

const isTakenUp = ({ inFlight, accountId, error }: AdapterPayload): boolean => inFlight === true && accountId === undefined && error === undefined;

/** The library looks first and writes then: of two people who confirm one user code at once, one goes on. */
async function takeUpOnce({ artifacts }: Storage, id: string, expiresAt: number): Promise<void> {
  if (!(await artifacts.insert("DeviceCodeUse", id, {}, { expiresAt }))) throw new errors.InvalidRequest("already used");
}

/** Clients come from the registrations, read-only for the provider. */
function clientAdapter(storage: Storage, clock: Clock): Adapter {
  const readOnly = async (): Promise<never> => {
    throw new errors.InvalidRequest("registrations are made by the operator");
  };
  return {
    find: async (id) => {
      const found = await findRelyingPartyAt(storage, asIdentifier<ClientId>(id), clock());
      return found === null ? undefined : withClientCredentials(asTheLibraryTakesIt(found.metadata as AdapterPayload));
    },
    upsert: readOnly,
    consume: readOnly,
    destroy: readOnly,
    revokeByGrantId: readOnly,
    findByUid: async () => undefined,
    findByUserCode: async () => undefined,
  };
}
