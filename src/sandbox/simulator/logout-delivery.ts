import { randomBytes, toHex } from "../../bytes.ts";
import type { Bridge } from "../../cli/bridge.ts";
import { Refusal } from "../../errors.ts";
import { asIdentifier, type ClientId } from "../../identifiers.ts";
import { loadKeySet } from "../../provider/keys.ts";
import { findRelyingParty } from "../../relying-parties/index.ts";
import { honestLogoutToken, logoutFaults } from "./faults/logout-faults.ts";
import type { Sessions } from "./sessions.ts";
import type { Signer } from "./signer.ts";

export interface LogoutPorts {
  readonly issuer: string;
  readonly bridge: Bridge;
  readonly sessions: Sessions;
  readonly signer: Signer;
}

/** What the relying party answered, and whether that is right. */
export interface LogoutDelivery {
  readonly fault: string | null;
  readonly status: number;
  readonly right: boolean;
}

/**
 * Sends a logout token about the last sign-in at a client to where it takes them. A right one is to be
 * answered with 200 or 204, a forged one with 400.
 */
export async function sendLogoutToken(ports: LogoutPorts, clientId: string, faultName: string | null): Promise<LogoutDelivery> {
  const { bridge, issuer, sessions, signer } = ports;
  const party = await findRelyingParty(bridge.storage, asIdentifier<ClientId>(clientId));
  const address = party?.metadata["backchannel_logout_uri"];
  if (typeof address !== "string") throw new Refusal("invalid_request", "client_id: is registered with no backchannel_logout_uri");
  const last = sessions.last(clientId);
  if (last === null) throw new Refusal("invalid_request", "client_id: nobody has signed in there yet");
  const now = bridge.clock();
  const kid = (await loadKeySet(bridge.storage, now)).keys.find(({ alg }) => alg === "ES256")?.["kid"];
  const token = honestLogoutToken({ issuer, clientId, ...last, kid: String(kid), now, jti: toHex(randomBytes(16)) });
  const fault = logoutFaults.find(({ name }) => name === faultName);
  const made = fault === undefined ? await signer.byProvider(token) : await fault.forge(token, signer);
  if (fault?.twice === true) await deliver(address, made);
  const status = await deliver(address, made);
  return { fault: faultName, status, right: fault === undefined ? status === 200 || status === 204 : status === 400 };
}

async function deliver(address: string, token: string): Promise<number> {
  try {
    const { status } = await fetch(address, { method: "POST", body: new URLSearchParams({ logout_token: token }), redirect: "manual", signal: AbortSignal.timeout(10_000) });
    return status;
  } catch {
    throw new Refusal("invalid_request", "client_id: its backchannel_logout_uri does not answer");
  }
}
