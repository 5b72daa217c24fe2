import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { challengeOf, ProofKey, replyOf, verifier } from "../attacks/raw-party.ts";
import { type Change, FapiParty, type Reply } from "../support/fapi-party.ts";
import { HttpBrowser } from "../support/http-browser.ts";
import { enrolOnPhone, linkOf, newPerson, openEnrolment, type Person, reachCallback, returnToBrowser } from "../support/journey.ts";
import { startWorld, type World } from "../support/world.ts";

/**
 * Modules of the OpenID Foundation's plans for FAPI 2.0, by their names without `fapi2-security-profile-final-`;
 * the modules that other tests show are named with them in docs/conformance.md.
 */

let world: World;
let party: FapiParty;
let signing: FapiParty;
let person: Person;
beforeAll(async () => {
  world = await startWorld();
  [party, signing] = await Promise.all([FapiParty.register(world), FapiParty.register(world, { messageSigning: true })]);
  person = newPerson();
  const page = await party.open(person.browser, (await party.push()).requestUri);
  const outcome = await enrolOnPhone(world, person, linkOf(await openEnrolment(person, page, "same")), async () => "");
  if (outcome.next !== "return") throw new Error("expected a return");
  await reachCallback(person, await returnToBrowser(person, outcome.return_url));
  await reachCallback(person, await signing.open(person.browser, await pushSigned()));
});
afterAll(() => world.close());

async function pushSigned(claims: Change = {}, beside: Change = {}): Promise<string> {
  const { status, requestUri } = await signing.push({ client_id: signing.clientId, ...beside, request: await signing.requestObject({ claims }) });
  expect(status).toBe(201);
  return requestUri;
}

/** What the answer to a request says. */
async function answer(change: Change = {}): Promise<Record<string, string>> {
  const { status, requestUri } = await party.push(party.parameters(change));
  expect(status).toBe(201);
  return Object.fromEntries(new URL(await reachCallback(person, await party.open(person.browser, requestUri))).searchParams);
}

async function signedAnswer(requestUri: string): Promise<Record<string, unknown>> {
  return decodeJwt(new URL(await reachCallback(person, await signing.open(person.browser, requestUri))).searchParams.get("response") ?? "");
}

const claimsOf = (reply: Reply): Record<string, unknown> => decodeJwt(String(reply.body["id_token"]));
const tokens = async (change: Change = {}): Promise<Reply> => party.exchange((await answer(change))["code"] ?? "");
const isRefused = (reply: Reply, error: string): void => expect(reply).toMatchObject({ status: 400, body: { error } });
const proofAt = (seconds: number, change: object = {}): Promise<string> => party.proof.prove("POST", `${world.issuer}/token`, undefined, { iat: world.now() + seconds, ...change });

async function userinfo(scheme: string): Promise<number> {
  const access = String((await tokens()).body["access_token"]);
  const headers = { authorization: `${scheme} ${access}`, dpop: await party.proof.prove("GET", `${world.issuer}/userinfo`, access) };
  return (await replyOf(await fetch(`${world.issuer}/userinfo`, { headers }))).status;
}

/** Text of this length comes back as it was sent, or the request is refused when it is pushed. */
async function comesBackOrIsRefused(name: "state" | "nonce", value: string): Promise<void> {
  const pushed = await party.push(party.parameters({ [name]: value }));
  if (pushed.status !== 201) return expect(pushed).toMatchObject({ status: 400, error: "invalid_request" });
  const searchParams = new URL(await reachCallback(person, await party.open(person.browser, pushed.requestUri))).searchParams;
  const told = name === "state" ? searchParams.get("state") : claimsOf(await party.exchange(searchParams.get("code") ?? ""))["nonce"];
  return expect(told).toBe(value);
}

const modules: readonly [name: string, run: () => Promise<unknown>][] = [
  ["user-rejects-authentication", async () => {
    const browser = new HttpBrowser();
    const page = await party.open(browser, (await party.push()).requestUri);
    const { headers } = await browser.submit(page, `${new URL(page.url).pathname}/cancel`);
    const { searchParams } = new URL(headers.get("location") ?? "");
    expect([searchParams.get("error"), searchParams.get("iss"), searchParams.get("state")]).toEqual(["access_denied", world.issuer, "state"]);
  }],
  ["ensure-request-object-with-multiple-aud-succeeds", async () => expect(await signedAnswer(await pushSigned({ aud: [world.issuer, "https://other.example"] }))).toHaveProperty("code")],
  ["ensure-authorization-request-without-state-success", async () => expect(await answer({ state: undefined })).not.toHaveProperty("state")],
  ["ensure-authorization-request-without-nonce-success", async () => expect(claimsOf(await tokens({ nonce: undefined }))).not.toHaveProperty("nonce")],
  ["ensure-authorization-request-with-64-char-nonce-success", async () => expect(claimsOf(await tokens({ nonce: "n".repeat(64) }))["nonce"]).toBe("n".repeat(64))],
  ["ensure-authorization-request-with-long-nonce", () => comesBackOrIsRefused("nonce", "n".repeat(384))],
  ["ensure-authorization-request-with-long-state", () => comesBackOrIsRefused("state", "s".repeat(384))],
  ["ensure-other-scope-order-succeeds", async () => expect(await tokens({ scope: "email openid" })).toMatchObject({ status: 200, body: { scope: "openid" } })],
  ["access-token-type-header-case-sensitivity", async () => expect([await userinfo("dpop"), await userinfo("DPOP")]).toEqual([200, 200])],
  ["ensure-request-object-with-nbf-8-seconds-in-the-future-is-accepted", async () => expect(await signedAnswer(await pushSigned({ nbf: world.now() + 8 }))).toHaveProperty("code")],
  ["check-dpop-proof-nbf-exp", async () => {
    const code = async (): Promise<string> => (await answer())["code"] ?? "";
    isRefused(await party.exchange(await code(), {}, { dpop: await proofAt(0, { exp: world.now() - 3600 }) }), "invalid_dpop_proof");
    isRefused(await party.exchange(await code(), {}, { dpop: await proofAt(0, { nbf: world.now() + 3600 }) }), "invalid_dpop_proof");
  }],
  ["ensure-dpopproof-with-iat-10seconds-before-succeeds", async () => expect((await party.exchange((await answer())["code"] ?? "", {}, { dpop: await proofAt(-10) })).status).toBe(200)],
  ["ensure-dpopproof-with-iat-10seconds-after-succeeds", async () => expect((await party.exchange((await answer())["code"] ?? "", {}, { dpop: await proofAt(10) })).status).toBe(200)],
  ["ensure-dpopproof-at-par-endpoint-binding-success", async () => {
    const bound = async (): Promise<string> => {
      const dpop = await party.proof.prove("POST", `${world.issuer}/par`);
      const { body } = await party.post("/par", { ...party.parameters(), ...(await party.authentication()) }, { dpop });
      return new URL(await reachCallback(person, await party.open(person.browser, String(body["request_uri"])))).searchParams.get("code") ?? "";
    };
    expect((await party.exchange(await bound())).status).toBe(200);
    isRefused(await party.exchange(await bound(), {}, { dpop: await (await ProofKey.generate()).prove("POST", `${world.issuer}/token`) }), "invalid_grant");
  }],
  ["ensure-different-nonce-inside-and-outside-request-object", async () => {
    const { code } = await signedAnswer(await pushSigned({ nonce: "inside" }, { nonce: "outside" }));
    expect(claimsOf(await signing.exchange(String(code)))["nonce"]).toBe("inside");
  }],
  ["ensure-different-state-inside-and-outside-request-object", async () => expect((await signedAnswer(await pushSigned({ state: "inside" }, { state: "outside" })))["state"]).toBe("inside")],
  ["state-only-outside-request-object-not-used", async () => expect(await signedAnswer(await pushSigned({ state: undefined }, { state: "outside" }))).not.toHaveProperty("state")],
  ["ensure-request-object-without-redirect-uri-fails", async () => {
    const request = await signing.requestObject({ claims: { redirect_uri: undefined } });
    expect(await signing.push({ client_id: signing.clientId, request })).toMatchObject({ status: 400, error: "invalid_request" });
  }],
  ["ensure-client-id-in-token-endpoint", async () => {
    // Who asks is told by the assertion alone; another client's id beside it is refused.
    expect((await party.exchange((await answer())["code"] ?? "", { client_id: signing.clientId })).body["error"]).toMatch(/^invalid_/u);
  }],
  ["ensure-client-assertion-in-token-endpoint", async () => {
    const without = { client_assertion: undefined, client_assertion_type: undefined, client_id: party.clientId };
    expect(await party.exchange((await answer())["code"] ?? "", without)).toMatchObject({ body: { error: expect.stringMatching(/^invalid_(client|request)$/u) } });
  }],
  ["ensure-client-assertion-with-no-sub-fails", async () => {
    expect(await party.push(party.parameters(), await party.authentication({ claims: { sub: undefined } }))).toMatchObject({ status: 401, error: "invalid_client" });
  }],
  ["refresh-token", async () => {
    const first = await tokens();
    const parameters = { grant_type: "refresh_token", refresh_token: first.body["refresh_token"], ...(await party.authentication()) };
    const again = await party.post("/token", parameters, { dpop: await proofAt(0) });
    expect([again.status, claimsOf(again)["sub"]]).toEqual([200, claimsOf(first)["sub"]]);
  }],
  ["par-attempt-invalid-http-method", async () => {
    for (const method of ["GET", "PUT", "DELETE"]) expect((await fetch(`${world.issuer}/par`, { method })).status).toBeGreaterThanOrEqual(400);
  }],
  ["par-ensure-pkce-required", async () => expect(await party.push(party.parameters({ code_challenge: undefined, code_challenge_method: undefined }))).toMatchObject({ status: 400, error: "invalid_request" })],
  ["par-without-duplicate-parameters", async () => {
    // The authorization request says nothing but whose it is and which was pushed.
    const { requestUri } = await party.push(party.parameters({ code_challenge: challengeOf(verifier) }));
    expect(new URL(await reachCallback(person, await party.open(person.browser, requestUri))).searchParams.has("code")).toBe(true);
  }],
];

describe("fapi2-message-signing-final-test-plan", () => {
  test.each(modules)("%s", async (_name, run) => {
    await run();
  });
});
