import * as client from "openid-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PasskeyId, PersonId } from "../../src/identifiers.ts";
import { findPerson, removePasskey } from "../../src/people/index.ts";
import { type Answer, HttpBrowser } from "../support/http-browser.ts";
import { enrolAndSignIn, enrolOnPhone, linkOf, newPerson, openEnrolment, type Person, reachCallback, signInAgain, signInWithPasskey } from "../support/journey.ts";
import { registerRelyingParty, type TestRelyingParty } from "../support/relying-party.ts";
import { startWorld, type World } from "../support/world.ts";
import { expectRefused, expectRefusedPage } from "./setting.ts";

const aal3 = { acr_values: "urn:jpki-bridge:ial3-aal3" };

let world: World;
let party: TestRelyingParty;
beforeAll(async () => {
  world = await startWorld();
  party = await registerRelyingParty(world);
});
afterAll(() => world.close());

async function enrolled(persona: "good-phone" | "good-card" | "next-generation" | "renewed" | "new-phone", parameters: Record<string, string> = {}) {
  const person = newPerson(persona);
  const { signIn, callback } = await enrolAndSignIn(world, person, party, parameters);
  return { person, tokens: await party.finish(signIn, callback) };
}

const elsewhere = (person: Person): Person => ({ ...person, browser: new HttpBrowser() });

async function silently(person: Person, parameters: Record<string, string> = {}): Promise<string | null> {
  const { url } = await party.begin({ prompt: "none", ...parameters });
  return new URL((await person.browser.open(url)).headers.get("location") ?? "").searchParams.get("error");
}

/** The passkey made last, and whose it is. */
async function latestPasskey(): Promise<{ id: PasskeyId; personId: PersonId }> {
  const [latest] = await world.bridge.storage.read.passkey.findMany({ orderBy: [{ createdAt: "desc" }, { boundAt: "desc" }], take: 1 });
  if (latest === undefined) throw new Error("no passkey");
  return { id: latest.id as PasskeyId, personId: latest.personId as PersonId };
}

describe("a certificate that fell ends what was presented with it", () => {
  test("revoked: the session made by its signature is over, also when the request that found it out wrote it back", async () => {
    const { person } = await enrolled("good-phone");
    expect(await silently(person)).toBeNull();
    await world.jlis.personas.operate("good-phone", "revoke");
    world.advance(5);
    expect([await silently(person), await silently(person)]).toEqual(["login_required", "login_required"]);
    await world.jlis.personas.operate("good-phone", "reissue");
  });

  test("held and released: the session does not come back with the release", async () => {
    const { person } = await enrolled("good-card");
    await world.jlis.personas.operate("good-card", "hold");
    world.advance(5);
    expect(await silently(person)).toBe("login_required");
    await world.jlis.personas.operate("good-card", "release");
    world.advance(5);
    expect(await silently(person)).toBe("login_required");
  });

  test("found revoked although the record was written by a clock that ran ahead", async () => {
    world.advance(3600);
    const { person } = await enrolled("renewed");
    world.advance(-3600);
    await world.jlis.personas.operate("renewed", "revoke");
    const { signIn, callback } = await signInAgain(world, elsewhere(person), party);
    expect((await party.finish(signIn, callback)).claims()).toMatchObject({ ial: 1 });
  });
});

describe("time ends what a live signature is worth", () => {
  test("a session ends half a day after the sign-in, however often it is used", async () => {
    const { person } = await enrolled("next-generation");
    world.advance(7 * 3600);
    expect(await silently(person)).toBeNull();
    world.advance(6 * 3600);
    expect(await silently(person)).toBe("login_required");
  });

  test("a refresh days later no longer tells AAL 3", async () => {
    const { tokens } = await enrolled("next-generation", { scope: "openid offline_access", prompt: "consent" });
    expect(tokens.claims()).toMatchObject({ aal: 3 });
    world.advance(2 * 24 * 3600);
    // The keys of cookies have changed meanwhile: a bridge that took them up later would refuse those that it gave until then.
    await world.restart();
    const refreshed = await client.refreshTokenGrant(party.config, String(tokens.refresh_token));
    expect(refreshed.claims()).toMatchObject({ aal: 1 });
    expect(refreshed.claims()).not.toHaveProperty("auth_time");
    expect(refreshed.claims()?.["amr"]).toEqual([]);
  });
});

describe("a removed passkey ends what was made with it", () => {
  let thief: Person;
  let offline: string;
  let page: Answer;
  beforeAll(async () => {
    world.advance(2);
    const { person } = await enrolled("next-generation");
    const { id, personId } = await latestPasskey();
    thief = elsewhere(person);
    const { signIn, callback } = await signInAgain(world, thief, party, { scope: "openid offline_access", prompt: "consent" });
    offline = String((await party.finish(signIn, callback)).refresh_token);
    // Another phone of the same person, so that the first passkey is not the last.
    await enrolAndSignIn(world, newPerson(person.persona), party);
    const record = await findPerson(world.bridge.storage.read, personId);
    if (record === null) throw new Error("no person");
    world.advance(2);
    await world.bridge.storage.transaction((transaction) => removePasskey(transaction, world.bridge.providerPorts.assurance, record, id, world.now()));
    page = await thief.browser.open((await party.begin(aal3)).url);
  });

  test("its session asks for a passkey", () => {
    expect(page.text).toContain("/passkey/options");
  });

  test("its offline tokens are refused", async () => {
    await expect(client.refreshTokenGrant(party.config, offline)).rejects.toMatchObject({ error: "invalid_grant" });
  });

  test("a signature relayed from the victim's phone does not bring it back", async () => {
    const path = new URL(page.url).pathname;
    expectRefusedPage(await thief.browser.submit(page, `${path}/step-up`, { device: "other" }), "sign_in_required");
  });
});

describe("whose session it is", () => {
  // What is proved in the second of an ending does not count.
  beforeAll(() => world.advance(2));

  test("asked to sign in again, a signature from elsewhere is no answer", async () => {
    const { person } = await enrolled("next-generation");
    const page = await person.browser.open((await party.begin({ ...aal3, prompt: "login" })).url);
    const path = new URL(page.url).pathname;
    expectRefusedPage(await person.browser.submit(page, `${path}/step-up`, { device: "other" }), "sign_in_required");
  });

  test("an id_token_hint of somebody else lets that person sign in", async () => {
    const one = await enrolled("next-generation");
    const other = await enrolled("new-phone");
    const page = await one.person.browser.open((await party.begin({ id_token_hint: String(other.tokens.id_token) })).url);
    const mixed = { ...one.person, authenticator: other.person.authenticator };
    // The library signs the first person out by a form that a browser sends by itself.
    const landed = await signInWithPasskey(world, mixed, page);
    const action = /action="([^"]*sign-out\/confirm)"/.exec(landed.text)?.[1];
    expect(action).toBeDefined();
    const xsrf = /name="xsrf" value="([^"]*)"/.exec(landed.text)?.[1] ?? "";
    const back = await mixed.browser.open(new URL(String(action), world.issuer).href, { method: "POST", body: new URLSearchParams({ xsrf, logout: "yes" }) });
    expect(await reachCallback(mixed, back)).toContain("code=");
  });

  test("a step-up of one person is not taken over by another who enrols", async () => {
    const { person } = await enrolled("next-generation");
    const returning = elsewhere(person);
    const page = await signInWithPasskey(world, returning, await returning.browser.open((await party.begin(aal3)).url));
    const path = new URL(page.url).pathname;
    const stranger = newPerson("new-phone");
    const progress = await openEnrolment(returning, await returning.browser.open(new URL(`${path}/enrolment`, world.issuer).href), "same");
    const outcome = await enrolOnPhone(world, stranger, linkOf(progress), async () => "");
    if (outcome.next !== "return") throw new Error("no way back");
    const fragment = new URLSearchParams(new URL(outcome.return_url).hash.slice(1));
    const landing = await returning.browser.open(outcome.return_url.replace(/#.*/, ""));
    const answer = await returning.browser.postJson(landing, "/enrolment/return", { txn: fragment.get("txn"), code: fragment.get("code") });
    expectRefusedPage(await returning.browser.open(new URL(String(answer.body["location"]), world.issuer).href), "passkey_of_another_person");
  });
});

test("paths are one spelling: another case is no way round the limits", async () => {
  const browser = new HttpBrowser();
  const page = await browser.open(`${world.issuer}/account`);
  expectRefused(await browser.postJson(page, "/Account/passkey/options", {}), "not_found");
});
