import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as client from "openid-client";
import { callbackFaults } from "../../../src/sandbox/simulator/faults/callback-faults.ts";
import { faults } from "../../../src/sandbox/simulator/faults/catalogue.ts";
import type { Fault } from "../../../src/sandbox/simulator/faults/fault.ts";
import type { Simulator } from "../../../src/sandbox/simulator/simulator.ts";
import { Found, registerParty, startFree, tell } from "./relying-party.ts";

/** How each fault is found: by openid-client, with its words or the protocol's error, or by the kit (`Found`). */
const detections: Readonly<Record<string, string | RegExp>> = {
  state_wrong: /"state" response parameter/u,
  state_missing: /"state"/u,
  state_twice: /"state" parameter must be provided only once/u,
  iss_wrong: /"iss" \(issuer\) response parameter/u,
  iss_missing: /"iss" \(issuer\) missing/u,
  code_wrong: "invalid_grant",
  code_missing: /"code"|no authorization code/u,
  access_denied: "access_denied",
  login_required: "login_required",
  unmet_authentication_requirements: "unmet_authentication_requirements",
  temporarily_unavailable: "temporarily_unavailable",
  server_error: "server_error",

  signature_wrong: /signature verification failed/u,
  kid_unknown: /no applicable keys found/u,
  alg_none: /"alg"/u,
  alg_hs256: /"alg"/u,
  critical_header: /"crit"/u,
  id_token_malformed: /Invalid JWT/u,
  nonce_wrong: /"nonce"/u,
  nonce_missing: /"nonce"/u,
  aud_wrong: /"aud"/u,
  azp_wrong: /"azp"/u,
  id_token_iss_wrong: /"iss"/u,
  id_token_iss_missing: /"iss"/u,
  sub_missing: /"sub"/u,
  expired: /"exp"/u,
  exp_missing: /"exp"/u,
  not_yet_valid: /"nbf"/u,
  iat_future: "Found premature",
  iat_missing: /"iat"/u,
  at_hash_wrong: "Found at_hash",
  c_hash_wrong: "Found c_hash",
  auth_time_old: /auth_time|authentication/u,
  auth_time_missing: /"auth_time"/u,
  acr_lower: "Found acr",
  acr_missing: "Found acr",
  ial_lower: "Found ial",
  aal_lower: "Found aal",
  fal_lower: "Found fal",
  status_revoked: "Found maximumStatusAge",
  status_old: "Found maximumStatusAge",

  invalid_grant: "invalid_grant",
  code_used_twice: "invalid_grant",
  revoked_between: "invalid_grant",
  invalid_client: "invalid_client",
  id_token_missing: /"id_token"/u,
  access_token_missing: /"access_token"/u,
  token_type_unknown: /token_type/u,
  token_not_json: /content-type|JSON/u,
  refresh_revoked: "invalid_grant",
  userinfo_sub_differs: /"sub"/u,
  userinfo_sub_missing: /"sub"/u,
  userinfo_lower: "Found ial",
  userinfo_not_json: /content-type|JSON/u,
  userinfo_refused: /www-authenticate|WWW-Authenticate|challenge/iu,
  userinfo_signed_wrongly: /configuration to verify used JWT "alg"/u,
  discovery_issuer_wrong: /metadata issuer does not match/u,
  discovery_not_json: /content-type|JSON/u,
  jwks_empty: /no applicable keys found/u,
  jwks_not_json: /content-type|JSON/u,
  par_refused: "invalid_request",
  par_request_uri_missing: /"request_uri"/u,
  introspection_inactive: "Found inactive",
};

/** What happens everywhere is found alike. */
const general: readonly (readonly [suffix: string, found: RegExp])[] = [
  ["_server_error", /server_error|unexpected HTTP|500|stays at 500/u],
  ["_unavailable", /temporarily_unavailable|unexpected HTTP|503|stays at 503/u],
  ["_slow", /timed out|timeout|aborted/iu],
  ["_closes", /fetch failed|closed|socket/iu],
];

const detectionOf = (name: string): string | RegExp | undefined => detections[name] ?? general.find(([suffix]) => name.endsWith(suffix))?.[1];

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startFree();
});
afterAll(() => simulator.close());

/** Does what meets a fault at its endpoint, from the beginning: nothing fetched before is used. */
async function meet({ name, at }: Fault): Promise<unknown> {
  const patience = name.endsWith("_slow") ? 1 : 5;
  if (at === "discovery") return order(name).then(() => registerParty(simulator, { patience }));
  const party = await registerParty(simulator, { patience });
  if (at === "introspection" || at === "revocation") {
    const { tokens } = await party.signIn();
    await order(name);
    if (at === "revocation") return client.tokenRevocation(party.config, tokens.access_token);
    const { active } = await client.tokenIntrospection(party.config, tokens.access_token);
    if (!active) throw new Found("inactive");
  }
  await order(name);
  if (at !== "refresh") return party.signIn();
  const { tokens } = await party.signIn({ scope: "openid offline_access", prompt: "consent" });
  return party.refresh(tokens.refresh_token ?? "");
}

const order = (fault: string): Promise<unknown> => tell(simulator, "/next", { fault, delay_ms: 2000 });

/** The errors of an error, in words. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  const { name, message, cause } = error;
  const { error: code } = error as { error?: unknown };
  return [`${name} ${message}`, typeof code === "string" ? code : "", wordsOf(cause)].join("\n");
}

describe("every fault is found", () => {
  test.for(faults.filter(({ name }) => name !== "jwks_rotated").map((fault) => [fault.name, fault] as const))("%s", async ([name, fault]) => {
    const found = await meet(fault).then(() => "nothing was found", wordsOf);
    const expected = detectionOf(name);
    if (expected === undefined) throw new Error(`no detection is named for ${name}: ${found}`);
    if (typeof expected === "string") expect(found.split(/\n| (?=Found)/u)).toContain(expected);
    else expect(found).toMatch(expected);
  });

  test("no detection is named for what is no fault", () => {
    expect(Object.keys(detections).filter((name) => !faults.some((fault) => fault.name === name))).toEqual([]);
  });
});

/** In other words than in the open. */
const signedDetections: Readonly<Record<string, RegExp>> = {
  iss_wrong: /"iss"/u,
  iss_missing: /"iss"/u,
};

describe("in a signed response (JARM) too", () => {
  // A claim cannot be there twice.
  test.for(callbackFaults.filter(({ name }) => name !== "state_twice").map(({ name }) => name))("%s", async (name) => {
    const party = await registerParty(simulator);
    client.useJwtResponseMode(party.config);
    await order(name);
    const found = await party.signIn().then(() => "nothing was found", wordsOf);
    const expected = signedDetections[name] ?? detectionOf(name) ?? "a detection";
    if (typeof expected === "string") expect(found.split("\n")).toContain(expected);
    else expect(found).toMatch(expected);
  });
});

test("a rotated key is no fault of anybody's: who asks again for the key set goes on", async () => {
  const party = await registerParty(simulator);
  const jwks = (await (await fetch(`${simulator.issuer}/jwks`)).json()) as client.ExportedJWKSCache["jwks"];
  // openid-client asks again if what it has is older than a minute.
  client.setJwksCache(party.config, { jwks, uat: Math.floor(Date.now() / 1000) - 61 });
  await order("jwks_rotated");
  expect((await party.signIn()).claims).toMatchObject({ ial: 3 });
});

test("after a fault the next sign-in is well", async () => {
  const party = await registerParty(simulator);
  await order("token_unavailable");
  await expect(party.signIn()).rejects.toThrow();
  expect((await party.signIn()).claims).toMatchObject({ ial: 3 });
});
