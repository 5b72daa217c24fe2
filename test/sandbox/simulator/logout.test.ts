import { createServer } from "node:http";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import * as client from "openid-client";
import { logoutFaults } from "../../../src/sandbox/simulator/faults/logout-faults.ts";
import type { Simulator } from "../../../src/sandbox/simulator/simulator.ts";
import { type LogoutEndpoint, registerParty, startFree, startLogoutEndpoint, tell } from "./relying-party.ts";

let simulator: Simulator;
let party: Awaited<ReturnType<typeof registerParty>>;
let endpoint: LogoutEndpoint;
beforeAll(async () => {
  simulator = await startFree();
  endpoint = await startLogoutEndpoint(simulator, () => party.clientId);
  party = await registerParty(simulator, { backchannelLogoutUri: endpoint.uri });
  await party.signIn();
});
afterAll(async () => {
  endpoint.close();
  await simulator.close();
});

/** What the kit gives as the reason for each. */
const reasons: Readonly<Record<string, string>> = {
  logout_signature_wrong: "signature",
  logout_kid_unknown: "unknown_key",
  logout_alg_none: "algorithm",
  logout_alg_hs256: "algorithm",
  logout_typ_wrong: "type",
  logout_iss_wrong: "issuer",
  logout_aud_wrong: "audience",
  logout_nonce: "forbidden_claim",
  logout_events_missing: "events",
  logout_events_wrong: "events",
  logout_subject_missing: "subject",
  logout_expired: "expired",
  logout_iat_future: "premature",
  logout_jti_missing: "malformed",
  logout_replayed: "replayed",
};

describe("every forged logout token is found by the kit", () => {
  test.for(logoutFaults.map(({ name }) => name))("%s", async (fault) => {
    const delivery = await tell(simulator, "/logout-tokens", { client_id: party.clientId, fault });
    expect(delivery).toEqual({ fault, status: 400, right: true });
    expect(endpoint.outcomes.at(-1)).toBe(reasons[fault]);
  });
});

test("a right one is taken", async () => {
  expect(await tell(simulator, "/logout-tokens", { client_id: party.clientId })).toEqual({ fault: null, status: 200, right: true });
});

test("a relying party that takes whatever comes is told so", async () => {
  const careless = createServer((_request, response) => response.writeHead(200).end());
  await new Promise<void>((resolve) => careless.listen(0, "127.0.0.1", resolve));
  const address = careless.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  const other = await registerParty(simulator, { backchannelLogoutUri: `http://localhost:${port}/logout` });
  await other.signIn();
  expect(await tell(simulator, "/logout-tokens", { client_id: other.clientId, fault: "logout_nonce" })).toEqual({ fault: "logout_nonce", status: 200, right: false });
  careless.close();
});

test("signing out at the relying party: the person confirms, comes back, and the bridge's own logout token is taken", async () => {
  const { tokens } = await party.signIn();
  const before = endpoint.outcomes.length;
  const url = client.buildEndSessionUrl(party.config, { id_token_hint: tokens.id_token ?? "", post_logout_redirect_uri: party.redirectUri, state: "s" });
  const answer = await fetch(url, { redirect: "manual" });
  expect(answer.headers.get("location")).toBe(`${party.redirectUri}?state=s`);
  await vi.waitFor(() => expect(endpoint.outcomes.slice(before)).toEqual(["taken"]), { timeout: 5000 });
});
