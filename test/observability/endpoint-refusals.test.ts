import { afterAll, beforeAll, expect, test } from "vitest";
import { registerRelyingParty, type TestRelyingParty } from "../support/relying-party.ts";
import { startWorld, type World } from "../support/world.ts";
import { seriesIn, sumOf } from "./exposition.ts";

/** What is refused in the words of OAuth is counted by endpoint and error, at each of them. */

let world: World;
let party: TestRelyingParty;
beforeAll(async () => {
  world = await startWorld((file) => ({ ...file, metrics: { port: 0 } }));
  party = await registerRelyingParty(world, { pushed: false, authentication: "client_secret_basic" });
});
afterAll(() => world.close());

const refusals = async (labels: Record<string, string>): Promise<number> =>
  sumOf(seriesIn(await (await fetch(`http://127.0.0.1:${world.bridge.operatorAddress?.port}/metrics`)).text()), "jpki_bridge_oauth_refusals_total", labels);

const posted = (body: string): RequestInit => ({ method: "POST", headers: { "content-type": "application/x-www-form-urlencoded" }, body });
const rows: readonly (readonly [endpoint: string, error: string, query: () => string, init: RequestInit])[] = [
  ["/authorize", "invalid_client", () => "?client_id=nobody", {}],
  ["/authorize", "invalid_redirect_uri", () => `?${new URLSearchParams({ client_id: party.clientId, response_type: "code", scope: "openid", redirect_uri: "https://evil.example/" })}`, {}],
  ["/authorize", "unsupported_response_type", () => `?${new URLSearchParams({ client_id: party.clientId, response_type: "token", scope: "openid", redirect_uri: party.redirectUri })}`, {}],
  ["/par", "invalid_client", () => "", posted("client_id=nobody")],
  ["/userinfo", "invalid_token", () => "", { headers: { authorization: "Bearer none" } }],
  ["/introspect", "invalid_client", () => "", posted("client_id=nobody&token=none")],
  ["/revoke", "invalid_client", () => "", posted("client_id=nobody&token=none")],
  ["/device-authorization", "invalid_client", () => "", posted("client_id=nobody")],
  ["/backchannel-authentication", "invalid_client", () => "", posted("client_id=nobody")],
  ["/sign-out", "invalid_request", () => "?id_token_hint=none", {}],
];

test.each(rows)("%s: %s", async (endpoint, error, query, init) => {
  const before = await refusals({ endpoint, error });
  const all = await refusals({});
  const { status } = await fetch(`${world.issuer}${endpoint}${query()}`, { redirect: "manual", ...init });
  expect(status).toBeLessThan(500);
  expect([await refusals({ endpoint, error }), await refusals({})]).toEqual([before + 1, all + 1]);
});
