import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { approve, askApproval, openApprovals, requestsOn } from "../support/decoupled.ts";
import { HttpBrowser } from "../support/http-browser.ts";
import { newPerson, type Person, plain, signInAgain } from "../support/journey.ts";
import { registerRelyingParty, type TestRelyingParty } from "../support/relying-party.ts";
import type { World } from "../support/world.ts";
import { connectedPerson, openRequest, registerDecoupled } from "./decoupled-setting.ts";
import { type Setting, startSetting } from "./setting.ts";

let setting: Setting;
let world: World;
let party: TestRelyingParty;
let person: Person;
let subject: string;
beforeAll(async () => {
  setting = await startSetting();
  ({ world } = setting);
  party = await registerDecoupled(world);
  ({ person, subject } = await connectedPerson(world, "good-phone", party));
});
afterAll(() => setting.close());
/** Nobody is asked more than ten times in an hour; what waits from another test is over. */
const anHourLater = (): void => world.advance(3601);

describe("a request that is refused at once", () => {
  const rows: readonly (readonly [string, Record<string, string>, string])[] = [
    ["for nobody", {}, "invalid_request"],
    ["for somebody who never was here", { login_hint: "nobody" }, "unknown_user_id"],
    ["for a name", { login_hint: "見本太郎" }, "unknown_user_id"],
    ["for two at once", { login_hint: "SUBJECT", id_token_hint: "a.b.c" }, "invalid_request"],
    ["for an ID token that is none", { id_token_hint: "a.b.c" }, "invalid_request"],
    ["for a login_hint_token", { login_hint_token: "token" }, "invalid_request"],
    ["for more than was consented to", { login_hint: "SUBJECT", scope: "openid offline_access" }, "invalid_scope"],
    ["for a claim that was not consented to", { login_hint: "SUBJECT", claims: JSON.stringify({ userinfo: { ial: null, email: null } }) }, "invalid_scope"],
    ["without scope", { login_hint: "SUBJECT", scope: "" }, "invalid_request"],
    ["with a user_code", { login_hint: "SUBJECT", user_code: "1234" }, "invalid_request"],
    ["with a request_context", { login_hint: "SUBJECT", request_context: "{}" }, "invalid_request"],
    ["with a requested_expiry that is none", { login_hint: "SUBJECT", requested_expiry: "soon" }, "invalid_request"],
    ["with no message", { login_hint: "SUBJECT", binding_message: "" }, "invalid_binding_message"],
    ["with a message of spaces", { login_hint: "SUBJECT", binding_message: "  " }, "invalid_binding_message"],
    ["with a message that is too long", { login_hint: "SUBJECT", binding_message: "あ".repeat(65) }, "invalid_binding_message"],
    ["with a message of two lines", { login_hint: "SUBJECT", binding_message: "A\nB" }, "invalid_binding_message"],
    ["with a message that turns the direction", { login_hint: "SUBJECT", binding_message: "A\u202eB" }, "invalid_binding_message"],
    ["with a message of letters that do not show", { login_hint: "SUBJECT", binding_message: "A\u3164B" }, "invalid_binding_message"],
    ["with a message of pictures", { login_hint: "SUBJECT", binding_message: "✅ safe" }, "invalid_binding_message"],
  ];
  test.each(rows)("%s", async (_name, parameters, error) => {
    const named = Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, value === "SUBJECT" ? subject : value]));
    await expect(askApproval(party, named)).rejects.toMatchObject({ error });
    expect(requestsOn(await openApprovals(world, person))).toEqual([]);
  });

  test("by a client that did not register for it", async () => {
    await expect(askApproval(await registerRelyingParty(world), { login_hint: subject })).rejects.toMatchObject({ error: "invalid_request" });
  });

  test("by a client that the person never consented to, with a pseudonym of another", async () => {
    const stranger = await registerDecoupled(world);
    await expect(askApproval(stranger, { login_hint: subject })).rejects.toMatchObject({ error: "unknown_user_id" });
  });

  test("by a client with which the person disconnected", async () => {
    const left = await registerDecoupled(world);
    const { person: leaver, subject: known } = await connectedPerson(world, "good-card", left);
    const request = await askApproval(left, { login_hint: known });
    await openApprovals(world, leaver);
    const account = await leaver.browser.open(`${world.issuer}/account`);
    await leaver.browser.submit(account, `/account/services/${left.clientId}/disconnect`);
    expect(await request.poll()).toEqual({ error: "invalid_grant" });
    await expect(askApproval(left, { login_hint: known })).rejects.toMatchObject({ error: "unknown_user_id" });
  });

  test("for somebody who takes no requests, until they do again", async () => {
    const list = await openApprovals(world, person);
    await person.browser.submit(list, "/approve/requests", { allow: "no" });
    await expect(askApproval(party, { login_hint: subject })).rejects.toMatchObject({ error: "access_denied" });
    await person.browser.submit(list, "/approve/requests", { allow: "yes" });
    expect(await (await askApproval(party, { login_hint: subject })).poll()).toEqual({ error: "authorization_pending" });
    anHourLater();
  });

  test("more than three waiting of one client", async () => {
    const asked = [1, 2, 3].map(() => askApproval(party, { login_hint: subject }));
    expect(await Promise.all(asked)).toHaveLength(3);
    await expect(askApproval(party, { login_hint: subject })).rejects.toMatchObject({ error: "access_denied" });
    anHourLater();
  });

  test("of five at once three wait", async () => {
    const asked = await Promise.allSettled([1, 2, 3, 4, 5].map(() => askApproval(party, { login_hint: subject })));
    expect(asked.filter(({ status }) => status === "fulfilled")).toHaveLength(3);
    anHourLater();
  });

  test("more than ten in an hour, answered or not; nor anew when the person's sessions ended", async () => {
    for (let count = 0; count < 10; count += 1) {
      const { page } = await openRequest(world, party, person, subject);
      await person.browser.submit(page, `${new URL(page.url).pathname}/deny`);
    }
    await expect(askApproval(party, { login_hint: subject })).rejects.toMatchObject({ error: "access_denied" });
    const { personId } = await world.bridge.storage.read.pairwiseSubject.findUnique({ where: { subject }, select: { personId: true } }).then((row) => row ?? { personId: "" });
    await world.bridge.storage.artifacts.removeByAccount(personId);
    await expect(askApproval(party, { login_hint: subject })).rejects.toMatchObject({ error: "access_denied" });
    anHourLater();
  });
});

test("more than thirty in an hour of one person, by however many clients, answered or not", async () => {
  const several = await Promise.all([1, 2, 3].map(() => registerDecoupled(world)));
  const { person: asked, subject: known } = await connectedPerson(world, "good-card", party);
  for (const each of several) {
    const { signIn, callback } = await signInAgain(world, asked, each);
    const subjectThere = String((await each.finish(signIn, callback)).claims()?.sub);
    for (let count = 0; count < 10; count += 1) {
      const { page } = await openRequest(world, each, asked, subjectThere);
      await asked.browser.submit(page, `${new URL(page.url).pathname}/deny`);
    }
  }
  await expect(askApproval(party, { login_hint: known })).rejects.toMatchObject({ error: "access_denied" });
  anHourLater();
  expect(await (await askApproval(party, { login_hint: known })).poll()).toEqual({ error: "authorization_pending" });
  anHourLater();
});

describe("an approval", () => {
  test("shows who asks, the message, and the warning, and is no page for anybody else", async () => {
    const { page } = await openRequest(world, party, person, subject);
    expect(plain(page.text)).toMatch(/Request of Service \d+.*localhost:4\d{3}.*W4SCT.*/);
    expect(page.text).toContain("Please refuse what you did not start.");
    const stranger = new HttpBrowser();
    expect((await stranger.open(page.url)).status).toBe(401);
    anHourLater();
  });

  test("of another person's request is not found, by whatever address", async () => {
    const { page, request } = await openRequest(world, party, person, subject);
    const { person: attacker } = await connectedPerson(world, "next-generation", party);
    const list = await openApprovals(world, attacker);
    expect((await attacker.browser.open(page.url)).status).toBe(404);
    const path = new URL(page.url).pathname;
    for (const step of ["passkey/options", "passkey"]) expect((await attacker.browser.postJson(list, `${path}/${step}`, {})).status).toBe(404);
    expect((await attacker.browser.submit(list, `${path}/deny`)).status).toBe(404);
    expect(await request.poll()).toEqual({ error: "authorization_pending" });
    anHourLater();
  });

  test("takes a passkey used for this request: not one of a sign-in, nor of another request, nor of another person", async () => {
    const { page, request } = await openRequest(world, party, person, subject);
    const path = new URL(page.url).pathname;
    const { page: otherPage } = await openRequest(world, party, person, subject);
    const { person: another } = await connectedPerson(world, "next-generation", party);
    const post = async (from: string, authenticator: Person["authenticator"]): Promise<unknown> => {
      const offered = await person.browser.postJson(page, from, {});
      const credential = authenticator.get(offered.body["options"] as never, world.issuer);
      return (await person.browser.postJson(page, `${path}/passkey`, { challenge_id: offered.body["challenge_id"], credential })).body["error"];
    };
    expect(await post("/approve/passkey/options", person.authenticator)).toBe("passkey_challenge_unknown");
    const others = requestsOn(await openApprovals(world, person)).filter((address) => address !== path);
    expect(otherPage.status).toBe(200);
    expect(await post(`${others[0] ?? ""}/passkey/options`, person.authenticator)).toBe("passkey_challenge_unknown");
    expect(await post(`${path}/passkey/options`, another.authenticator)).toBe("passkey_of_another_person");
    expect(await request.poll()).toEqual({ error: "authorization_pending" });
    anHourLater();
  });

  test("counts once: replayed, given twice at once, or taken back", async () => {
    const { page, request } = await openRequest(world, party, person, subject);
    const path = new URL(page.url).pathname;
    const offers = await Promise.all([1, 2].map(() => person.browser.postJson(page, `${path}/passkey/options`, {})));
    const bodies = offers.map(({ body }) => ({ challenge_id: body["challenge_id"], credential: person.authenticator.get(body["options"] as never, world.issuer) }));
    const answers = await Promise.all(bodies.map((body) => person.browser.postJson(page, `${path}/passkey`, body)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect((await person.browser.postJson(page, `${path}/passkey`, bodies[0] ?? {})).status).toBe(404);
    expect((await person.browser.submit(page, `${path}/deny`)).status).toBe(404);
    expect(await request.poll()).toHaveProperty("claims");
    expect(await request.poll()).toEqual({ error: "invalid_grant" });
    anHourLater();
  });

  test("is not caused by another site", async () => {
    const { page, request } = await openRequest(world, party, person, subject);
    const headers = { origin: "https://attacker.example", "sec-fetch-site": "cross-site", accept: "application/json" };
    for (const action of ["deny", "give-up", "step-up"]) {
      const answer = await person.browser.request(`${page.url}/${action}`, { method: "POST", body: new URLSearchParams({ device: "same" }), headers });
      expect(answer.status).toBe(403);
    }
    expect(await request.poll()).toEqual({ error: "authorization_pending" });
    anHourLater();
  });

  test("is worth nothing to another client, and slow_down to its own in haste", async () => {
    const { id, poll } = (await openRequest(world, party, person, subject)).request;
    const { genericGrantRequest } = await import("openid-client");
    const other = await registerDecoupled(world);
    await expect(genericGrantRequest(other.config, "urn:openid:params:grant-type:ciba", { auth_req_id: id })).rejects.toMatchObject({ error: "invalid_grant" });
    expect(await poll()).toEqual({ error: "authorization_pending" });
    expect(await poll()).toEqual({ error: "slow_down" });
    anHourLater();
  });

  test("comes too late after the time that the client set", async () => {
    const request = await askApproval(party, { login_hint: subject, requested_expiry: "30" });
    const [address = ""] = requestsOn(await openApprovals(world, person));
    const page = await person.browser.open(new URL(address, world.issuer).href);
    world.advance(31);
    await expect(approve(world, person, page)).rejects.toThrow("not_found");
    expect(await request.poll()).not.toHaveProperty("claims");
    anHourLater();
  });
});

describe("somebody whose certificate falls", () => {
  test("before the token is fetched: it is not given", async () => {
    const { person: falling, subject: known } = await connectedPerson(world, "good-card", party);
    const { page, request } = await openRequest(world, party, falling, known);
    await approve(world, falling, page);
    await world.jlis.personas.operate("good-card", "revoke");
    world.advance(590);
    expect(await request.poll()).toEqual({ error: "invalid_grant" });
  });

  test("while the request waits: on hold there is nobody to ask, and nobody who could approve", async () => {
    const { person: falling, subject: known } = await connectedPerson(world, "next-generation", party);
    const { page, request } = await openRequest(world, party, falling, known);
    await world.jlis.personas.operate("next-generation", "hold");
    world.advance(400);
    await expect(approve(world, falling, page)).rejects.toThrow(/refused|not offered/);
    expect(await request.poll()).toEqual({ error: "invalid_grant" });
    await expect(askApproval(party, { login_hint: known })).rejects.toMatchObject({ error: "unknown_user_id" });
  });
});

test("the list asks nobody in who is not signed in", async () => {
  const stranger = newPerson();
  expect((await stranger.browser.open(`${world.issuer}/approve`)).text).toContain("/approve/passkey/options");
  expect((await stranger.browser.request(`${world.issuer}/approve/status`, { headers: { accept: "application/json" } })).status).toBe(401);
});
