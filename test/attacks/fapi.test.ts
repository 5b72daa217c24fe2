import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FapiParty } from "../support/fapi-party.ts";
import { HttpBrowser } from "../support/http-browser.ts";
import { enrolOnPhone, linkOf, newPerson, openEnrolment, type Person, reachCallback, returnToBrowser, signInWithPasskey } from "../support/journey.ts";
import { startWorld, type World } from "../support/world.ts";
import { ProofKey, replyOf } from "./raw-party.ts";

let world: World;
let party: FapiParty;
let signing: FapiParty;
let attacker: FapiParty;
let person: Person;
beforeAll(async () => {
  world = await startWorld();
  [party, signing, attacker] = await Promise.all([FapiParty.register(world), FapiParty.register(world, { messageSigning: true }), FapiParty.register(world)]);
  person = newPerson();
  await enrolAt(party);
  await reachCallback(person, await signing.open(person.browser, await pushSigned()));
});
afterAll(() => world.close());

async function enrolAt(at: FapiParty): Promise<void> {
  const page = await at.open(person.browser, (await at.push()).requestUri);
  const outcome = await enrolOnPhone(world, person, linkOf(await openEnrolment(person, page, "same")), async () => "");
  if (outcome.next !== "return") throw new Error("expected a return");
  await reachCallback(person, await returnToBrowser(person, outcome.return_url));
}

async function pushSigned(claims: Readonly<Record<string, unknown>> = {}): Promise<string> {
  return (await signing.push({ client_id: signing.clientId, request: await signing.requestObject({ claims }) })).requestUri;
}

/** What the person's browser brings to the relying party. */
async function answer(at: FapiParty, requestUri: string, change: Record<string, string> = {}): Promise<URLSearchParams> {
  return new URL(await reachCallback(person, await at.open(person.browser, requestUri, change))).searchParams;
}

/** What happens that many seconds later. */
async function later<Value>(seconds: number, action: () => Promise<Value>): Promise<Value> {
  world.advance(seconds);
  try {
    return await action();
  } finally {
    world.advance(-seconds);
  }
}

async function codeOf(at: FapiParty, pushed: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const { requestUri } = await at.push(at.parameters(pushed));
  return (await answer(at, requestUri)).get("code") ?? "";
}

async function tokenOf(at: FapiParty): Promise<{ access: string; refresh: string }> {
  const { body } = await at.exchange(await codeOf(at));
  return { access: String(body["access_token"]), refresh: String(body["refresh_token"]) };
}

const tokenEndpoint = (): string => `${world.issuer}/token`;
const userinfo = async (headers: Record<string, string>) => replyOf(await fetch(`${world.issuer}/userinfo`, { headers }));

describe("a stolen code", () => {
  const rows: [string, (code: string) => ReturnType<FapiParty["exchange"]>, string][] = [
    ["without a proof of a key", (code) => party.exchange(code, {}, {}), "invalid_grant"],
    ["by another client", (code) => attacker.exchange(code, { redirect_uri: party.redirectUri }), "invalid_grant"],
    ["with another verifier", (code) => party.exchange(code, { code_verifier: "A".repeat(43) }), "invalid_grant"],
    ["with a verifier left out", (code) => party.exchange(code, { code_verifier: undefined }), "invalid_grant"],
    ["with another redirect URI", (code) => party.exchange(code, { redirect_uri: attacker.redirectUri }), "invalid_grant"],
    ["by an assertion of another client", async (code) => party.exchange(code, await attacker.authentication()), "invalid_grant"],
  ];
  test.each(rows)("%s is worth nothing", async (_name, steal, error) => {
    expect(await steal(await codeOf(party))).toMatchObject({ status: 400, body: { error } });
  });

  test("that was asked for with a key is worth nothing with another", async () => {
    const bound = { dpop_jkt: party.proof.thumbprint };
    const other = await ProofKey.generate();
    expect(await party.exchange(await codeOf(party, bound))).toMatchObject({ status: 200 });
    expect(await party.exchange(await codeOf(party, bound), {}, { dpop: await other.prove("POST", tokenEndpoint()) })).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
  });

  test("is worth nothing after a minute, nor twice, and the second time ends what the first gave", async () => {
    const late = await codeOf(party);
    expect(await later(61, () => party.exchange(late))).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
    const code = await codeOf(party);
    const first = await party.exchange(code);
    expect(first).toMatchObject({ status: 200 });
    expect(await party.exchange(code)).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
    const access = String(first.body["access_token"]);
    expect(await userinfo({ authorization: `DPoP ${access}`, dpop: await party.proof.prove("GET", `${world.issuer}/userinfo`, access) })).toMatchObject({ status: 401 });
  });
});

describe("a stolen access token", () => {
  const rows: [string, (token: string) => Promise<Record<string, string>>, number?][] = [
    ["as bearer", async (token) => ({ authorization: `Bearer ${token}` })],
    ["without a proof", async (token) => ({ authorization: `DPoP ${token}` }), 400],
    ["with a proof by another key", async (token) => ({ authorization: `DPoP ${token}`, dpop: await attacker.proof.prove("GET", `${world.issuer}/userinfo`, token) })],
    ["with a proof for another endpoint", async (token) => ({ authorization: `DPoP ${token}`, dpop: await party.proof.prove("GET", tokenEndpoint(), token) })],
    ["with a proof for another token", async (token) => ({ authorization: `DPoP ${token}`, dpop: await party.proof.prove("GET", `${world.issuer}/userinfo`, "another") })],
  ];
  test.each(rows)("%s is refused", async (_name, headers, status = 401) => {
    expect(await userinfo(await headers((await tokenOf(party)).access))).toMatchObject({ status });
  });

  test("with a proof that was overheard is refused", async () => {
    const { access } = await tokenOf(party);
    const headers = { authorization: `DPoP ${access}`, dpop: await party.proof.prove("GET", `${world.issuer}/userinfo`, access) };
    expect(await userinfo(headers)).toMatchObject({ status: 200 });
    expect(await userinfo(headers)).toMatchObject({ status: 401 });
  });
});

describe("a proof whose clock is ahead", () => {
  const ask = (token: string, proof: string) => userinfo({ authorization: `DPoP ${token}`, dpop: proof });
  const ahead = (token: string, seconds: number): Promise<string> => party.proof.prove("GET", `${world.issuer}/userinfo`, token, { iat: world.now() + seconds });

  test.each([[10, 200], [59, 200], [70, 401], [290, 401]])("by %d seconds is answered with %d", async (seconds, status) => {
    const { access } = await tokenOf(party);
    expect(await ask(access, await ahead(access, seconds))).toMatchObject({ status });
  });

  test("counts once, also five minutes later, when the library has forgotten it", async () => {
    const { access } = await tokenOf(party);
    const proof = await ahead(access, 50);
    expect(await ask(access, proof)).toMatchObject({ status: 200 });
    expect(await later(330, () => ask(access, proof))).toMatchObject({ status: 401 });
  });
});

describe("a stolen refresh token, which is not rotated,", () => {
  const rows: [string, (token: string) => ReturnType<FapiParty["exchange"]>, string][] = [
    ["by another client", (token) => attacker.exchange("", { grant_type: "refresh_token", refresh_token: token, code: undefined }), "invalid_grant"],
    ["without a proof", (token) => party.exchange("", { grant_type: "refresh_token", refresh_token: token, code: undefined }, {}), "invalid_grant"],
    ["without the client's key", (token) => party.exchange("", { grant_type: "refresh_token", refresh_token: token, code: undefined, client_assertion: undefined, client_assertion_type: undefined, client_id: party.clientId }), "invalid_client"],
  ];
  test.each(rows)("%s is refused", async (_name, steal, error) => {
    expect((await steal((await tokenOf(party)).refresh)).body["error"]).toBe(error);
  });
});

describe("an authorization request", () => {
  test("that is pushed by another client is refused, signed or not", async () => {
    const request = await signing.requestObject();
    expect(await attacker.push({ client_id: attacker.clientId, request })).toMatchObject({ error: "invalid_request_object" });
    expect(await attacker.push({ client_id: signing.clientId, request })).toMatchObject({ error: "invalid_request" });
    expect(await attacker.push(party.parameters())).toMatchObject({ error: "invalid_request" });
  });

  test("that was pushed by another client is not this one's", async () => {
    const { requestUri } = await attacker.push();
    expect(await party.open(new HttpBrowser(), requestUri)).toMatchObject({ status: 400 });
  });

  test("that has been answered is answered once", async () => {
    const requestUri = await pushSigned();
    expect((await answer(signing, requestUri)).has("response")).toBe(true);
    const again = await signing.open(person.browser, requestUri);
    expect([again.status, again.headers.get("location")]).toEqual([400, null]);
  });

  test("that was opened in two browsers in time is answered once, however long the person takes", async () => {
    const { requestUri } = await party.push();
    const tabs = [new HttpBrowser(), new HttpBrowser()].map((browser): Person => ({ ...person, browser }));
    const pages = await Promise.all(tabs.map(async (tab) => ({ tab, page: await party.open(tab.browser, requestUri) })));
    const answers = await later(120, async () => {
      const landed: (string | null)[] = [];
      for (const { tab, page } of pages) landed.push((await signInWithPasskey(world, tab, page)).headers.get("location"));
      return landed;
    });
    expect(answers).toEqual([expect.stringContaining("code="), expect.stringContaining("error=invalid_request_uri")]);
  });

  test("that is older than its time is of no use to anybody", async () => {
    const requestUri = await pushSigned({ exp: world.now() + 1 });
    await new Promise((resolve) => setTimeout(resolve, 2100));
    expect(await signing.open(person.browser, requestUri)).toMatchObject({ status: 400 });
  });

  test("is what was signed: parameters beside it change nothing", async () => {
    const beside = { ...signing.parameters({ state: "the attacker's", nonce: "the attacker's", scope: "openid offline_access" }), request: await signing.requestObject() };
    const { requestUri } = await signing.push(beside);
    const response = (await answer(signing, requestUri, { state: "the attacker's", response_mode: "query", nonce: "the attacker's" })).get("response") ?? "";
    const { state, code } = decodeJwt(response);
    expect(state).toBe("state");
    const { body } = await signing.exchange(String(code));
    expect(decodeJwt(String(body["id_token"]))).toMatchObject({ nonce: "nonce" });
  });
});

describe("an answer", () => {
  test("names the server it is of, so that it cannot be taken for another's (RFC 9207)", async () => {
    const { requestUri } = await party.push();
    expect((await answer(party, requestUri)).get("iss")).toBe(world.issuer);
  });

  test("under message signing says in one signed JWT whose it is, for whom, and for two minutes (JARM 2.1)", async () => {
    const parameters = await answer(signing, await pushSigned());
    expect([...parameters.keys()]).toEqual(["response"]);
    const { iss, aud, exp } = decodeJwt(parameters.get("response") ?? "");
    expect({ iss, aud }).toEqual({ iss: world.issuer, aud: signing.clientId });
    expect(exp).toBeLessThanOrEqual(Math.floor(Date.now() / 1000) + 120);
  });

  test("by a form is one signed JWT as well, and the page may post it", async () => {
    const page = await signing.open(person.browser, await pushSigned({ response_mode: "form_post.jwt" }));
    const fields = [...page.text.matchAll(/<input[^>]* name="(?<name>[^"]*)" value="(?<value>[^"]*)"/gu)].map(({ groups }) => groups);
    expect(fields).toEqual([{ name: "response", value: expect.any(String) }]);
    expect(decodeJwt(fields[0]?.["value"] ?? "")).toMatchObject({ code: expect.any(String), state: "state", iss: world.issuer, aud: signing.clientId });
    expect(page.headers.get("content-security-policy")).toMatch(/form-action[^;]* https:/);
  });

  test("that refuses is signed too", async () => {
    const parameters = await answer(signing, await pushSigned({ prompt: "none", max_age: 0 }));
    expect([...parameters.keys()]).toEqual(["response"]);
    expect(decodeJwt(parameters.get("response") ?? "")).toMatchObject({ error: "login_required", state: "state", iss: world.issuer, aud: signing.clientId });
  });
});
