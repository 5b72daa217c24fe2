import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SoftwareAuthenticator } from "../passkeys/software-authenticator.ts";
import { type Answer, HttpBrowser } from "../support/http-browser.ts";
import { enrolAndSignIn, newPerson, type Person, signInAgain } from "../support/journey.ts";
import { registerRelyingParty, type TestRelyingParty } from "../support/relying-party.ts";
import { answerChallenge, assertOn, challengeAt } from "./assertion.ts";
import { challengedDevice, expectRefused, expectRefusedPage, hasProviderSession, opened, type Opened, openAtAccount, poll, provedDevice, returnCodeOf, script, type Setting, startSetting } from "./setting.ts";
import { count, type ExpectedRefusal, refusedBy, transactionState, unchangedBy } from "./state.ts";

const aal3 = "urn:jpki-bridge:ial3-aal3";
let setting: Setting;
let party: TestRelyingParty;
let authenticator: SoftwareAuthenticator;
let other: Person;
let browserCount = 0;

beforeAll(async () => {
  setting = await startSetting();
  party = await registerRelyingParty(setting.world);
  const person = newPerson("good-phone");
  await enrolAndSignIn(setting.world, person, party);
  ({ authenticator } = person);
  other = newPerson("good-card");
  await enrolAndSignIn(setting.world, other, party);
});
afterAll(() => setting.close());

/** A browser in which the person signed in by a synced passkey: AAL 2. */
async function signedIn(persona = "good-phone"): Promise<Person> {
  browserCount += 1;
  const person: Person = { browser: new HttpBrowser(), authenticator, persona };
  await signInAgain(setting.world, person, party);
  return person;
}

/** The receipt of a proof by the other person's card: its holder signed, and the bridge knows whose it is. */
async function cardOfAnother(): Promise<ExpectedRefusal> {
  const evidence = await setting.world.bridge.storage.read.evidence.findFirst({ where: { medium: "card" } });
  return { code: "person_mismatch", rule: "certificate of another person", possession: true, medium: "card", personId: String(evidence?.personId) };
}

/** The page that asks for a live signature. */
async function stepUpPage({ browser }: Person): Promise<Answer> {
  const page = await browser.open((await party.begin({ acr_values: aal3 })).url);
  expect(page.text).toContain("/step-up");
  return page;
}

async function openStepUp(person: Person, device: "same" | "other"): Promise<Opened & { page: Answer }> {
  const page = await stepUpPage(person);
  return { ...opened(person, await person.browser.submit(page, `${new URL(page.url).pathname}/step-up`, { device })), page };
}

/** The level the session gives now, without asking anybody. */
async function sessionClaims(person: Person): Promise<Record<string, unknown>> {
  const signIn = await party.begin({ prompt: "none" });
  const { headers } = await person.browser.open(signIn.url);
  return { ...(await party.finish(signIn, headers.get("location") ?? "")).claims() };
}

describe("relayed step-up: the attacker's session, the victim's phone", () => {
  test.each(["same", "other"] as const)("on %s device: person_mismatch, and the level stays", async (device) => {
    const { world } = setting;
    const attacker = await signedIn("good-card");
    const opening = await openStepUp(attacker, device);
    const { device: phone, statement } = await challengedDevice(world, opening);
    const proof = await phone.proof(statement, "good-card");
    const answer = await refusedBy(world, statement, () => phone.prove(proof), await cardOfAnother());
    expectRefused(answer, "person_mismatch");
    expect(await transactionState(world, opening.transaction)).toBe("failed");
    expect((await poll(attacker.browser, opening.progress)).body).toMatchObject({ state: "failed", error: "certificate_not_accepted" });
    const resume = await attacker.browser.open(opening.progress.url.replace("/enrolment/", "/resume/"));
    expectRefusedPage(resume, "certificate_not_accepted");
    expect(await sessionClaims(attacker)).toMatchObject({ ial: 3, aal: 2 });
  });

  test("by somebody the bridge has never seen: person_mismatch, and nobody is made", async () => {
    const { world } = setting;
    const opening = await openStepUp(await signedIn(), "other");
    const people = await count(world, "person");
    const { device, statement } = await challengedDevice(world, opening);
    expectRefused(await device.prove(await device.proof(statement, "next-generation")), "person_mismatch");
    expect(await count(world, "person")).toBe(people);
  });

  test("same-device link sent to the right person's other phone: the code opens nothing in another browser", async () => {
    const { world } = setting;
    const attacker = await signedIn();
    const opening = await openStepUp(attacker, "same");
    const { proved } = await provedDevice(world, opening);
    const victim = await signedIn();
    expectRefused(await unchangedBy(world, () => script(victim.browser, world, "/enrolment/return", returnCodeOf(proved))), "return_code_invalid");
    const resume = await attacker.browser.open(opening.progress.url.replace("/enrolment/", "/resume/"));
    expectRefusedPage(resume, "transaction_wrong_state");
    expect((await poll(attacker.browser, opening.progress)).body).toEqual({ state: "complete" });
    expect(await sessionClaims(attacker)).toMatchObject({ aal: 2 });
  });

  test("tried again, it begins on the page that asked for it, not with an enrolment of anybody", async () => {
    const person = await signedIn();
    const { progress } = await openStepUp(person, "same");
    const restart = new URL(progress.url).pathname.replace(/\/enrolment\/.*/, "");
    expect(progress.text).toContain(`href="${restart}"`);
    expect(progress.text).not.toContain("purpose=");
    expect((await person.browser.open(new URL(restart, progress.url).href)).text).toContain(`${restart}/step-up`);
  });

  test("without a session there is no step-up to open", async () => {
    const { world } = setting;
    const browser = new HttpBrowser();
    const page = await browser.open((await party.begin()).url);
    const answer = await unchangedBy(world, () => browser.submit(page, `${new URL(page.url).pathname}/step-up`, { device: "other" }));
    expectRefusedPage(answer, "sign_in_required");
  });
});

describe("a step-up across devices by the right person", () => {
  test("never gives AAL 3, and the relying party is told so", async () => {
    const { world } = setting;
    const person = await signedIn();
    const opening = await openStepUp(person, "other");
    const { proved } = await provedDevice(world, opening);
    expect(proved.body).toEqual({ next: "done" });
    const { location } = (await poll(person.browser, opening.progress)).body as { location: string };
    const refused = await person.browser.open(new URL(location, world.issuer).href);
    expect(refused.text).toContain("/give-up");
    const end = await person.browser.submit(refused, `${new URL(refused.url).pathname}/give-up`);
    expect(new URL(end.headers.get("location") ?? "").searchParams.get("error")).toBe("unmet_authentication_requirements");
    expect(await sessionClaims(person)).toMatchObject({ ial: 3, aal: 2 });
  });

  test("is taken up once, and only in the browser that opened it", async () => {
    const { world } = setting;
    const person = await signedIn();
    const opening = await openStepUp(person, "other");
    await provedDevice(world, opening);
    const resumeUrl = opening.progress.url.replace("/enrolment/", "/resume/");
    const stranger = await signedIn();
    expectRefusedPage(await unchangedBy(world, () => stranger.browser.open(resumeUrl)), "interaction_expired");
    const answers = await Promise.all(Array.from({ length: 20 }, () => person.browser.request(resumeUrl)));
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(1);
    for (const answer of answers.filter(({ status }) => status !== 303)) expectRefusedPage(answer, "transaction_unknown");
  });

  test("signs nobody in once the session that opened it has ended", async () => {
    const { world } = setting;
    const person = await signedIn();
    const opening = await openStepUp(person, "other");
    await provedDevice(world, opening);
    const confirm = await person.browser.open(`${world.issuer}/sign-out`);
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(confirm.text)?.[1] ?? "";
    await person.browser.submit(confirm, "/sign-out/confirm", { xsrf, logout: "yes" });
    expect(await hasProviderSession(person.browser, party)).toBe(false);
    const answer = await person.browser.open(opening.progress.url.replace("/enrolment/", "/resume/"));
    expectRefusedPage(answer, "interaction_expired");
    expect(await hasProviderSession(person.browser, party)).toBe(false);
  });

  test("of another interaction of the same browser is refused", async () => {
    const { world } = setting;
    const person = await signedIn();
    const first = await openStepUp(person, "other");
    await provedDevice(world, first);
    const second = await stepUpPage(person);
    const answer = await person.browser.open(`${second.url}/resume/${first.transaction}`);
    expectRefusedPage(answer, "return_code_invalid");
    expect(await sessionClaims(person)).toMatchObject({ aal: 2 });
  });
});

describe("another person's certificate or passkey on a signed-in account", () => {
  test.each(["same", "other"] as const)("account page, add a passkey on %s device: person_mismatch", async (device) => {
    const { world } = setting;
    const person = newPerson("good-phone");
    const account = await person.browser.open(`${world.issuer}/account`);
    await assertOn(world, person.browser, account, authenticator);
    const opening = await openAtAccount(world, device, { ...person, persona: "good-card" });
    const { device: phone, statement } = await challengedDevice(world, opening);
    const proof = await phone.proof(statement, "good-card");
    expectRefused(await refusedBy(world, statement, () => phone.prove(proof), await cardOfAnother()), "person_mismatch");
    expectRefused(await unchangedBy(world, () => phone.post("passkey/options")), "person_mismatch");
  });

  test("step-up of one person with the passkey of another: passkey_of_another_person", async () => {
    const { world } = setting;
    const person = await signedIn();
    const page = await stepUpPage(person);
    const given = await challengeAt(person.browser, page);
    const answer = await answerChallenge(world, person.browser, page, other.authenticator, given);
    expectRefused(answer, "passkey_of_another_person");
    expect(await sessionClaims(person)).toMatchObject({ aal: 2 });
  });
});
