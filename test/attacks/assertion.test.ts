import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { toBase64Url, utf8 } from "../../src/bytes.ts";
import type { ErrorCode } from "../../src/errors.ts";
import { sha256 } from "../passkeys/software-authenticator.ts";
import { type Answer, HttpBrowser } from "../support/http-browser.ts";
import { newPerson, type Person } from "../support/journey.ts";
import { registerRelyingParty, type TestRelyingParty } from "../support/relying-party.ts";
import { answerChallenge, assertAtAccount, assertOn, challengeAt, challengeIn, type Wrong } from "./assertion.ts";
import { enrolledPerson, expectNoSession, expectRefused, hasAccountSession, type Setting, startSetting } from "./setting.ts";
import { unchangedBy } from "./state.ts";

let setting: Setting;
let party: TestRelyingParty;
let person: Person;
let other: Person;
beforeAll(async () => {
  setting = await startSetting();
  party = await registerRelyingParty(setting.world);
  person = await enrolledPerson(setting.world, "good-phone");
  other = await enrolledPerson(setting.world, "good-card");
});
afterAll(() => setting.close());

type Credential = Record<string, unknown> & { readonly response: Readonly<Record<string, unknown>> };
const withResponse = (change: Readonly<Record<string, unknown>>): Wrong => ({ change: (credential) => ({ ...credential, response: { ...(credential as unknown as Credential).response, ...change } }) });
const withFlags = (change: (flags: number) => number): Wrong => ({
  tampering: {
    authenticatorData: (bytes) => {
      const changed = Uint8Array.from(bytes);
      changed[32] = change(changed[32] ?? 0);
      return changed;
    },
  },
});
const withClientData = (change: object): Wrong => ({ tampering: { clientData: (data) => ({ ...data, ...change }) } });
const handleOf = (whose: Person): string => whose.authenticator.credentials[0]?.userHandle ?? "";
const idOf = (whose: Person): string => toBase64Url(whose.authenticator.credentials[0]?.id ?? new Uint8Array());

const rows: readonly [string, () => Wrong, ErrorCode][] = [
  ["made for another origin", () => ({ origin: "https://phishing.example" }), "passkey_origin_mismatch"],
  ["made for a sibling host", () => ({ origin: setting.world.issuer.replace("localhost", "bridge.localhost") }), "passkey_origin_mismatch"],
  ["made for another port", () => ({ origin: "http://localhost:1" }), "passkey_origin_mismatch"],
  ["made for the issuer over https", () => ({ origin: setting.world.issuer.replace("http:", "https:") }), "passkey_origin_mismatch"],
  ["made for the origin with a slash", () => ({ origin: `${setting.world.issuer}/` }), "passkey_origin_mismatch"],
  ["made for origin null", () => ({ origin: "null" }), "passkey_origin_mismatch"],
  ["made in a frame of another site", () => withClientData({ crossOrigin: true }), "passkey_origin_mismatch"],
  ["made under another site's page", () => withClientData({ topOrigin: "https://phishing.example" }), "passkey_origin_mismatch"],
  ["made for another RP ID", () => ({ tampering: { authenticatorData: (bytes) => Uint8Array.from([...sha256(utf8("phishing.example")), ...bytes.slice(32)]) } }), "passkey_origin_mismatch"],
  ["without user verification", () => withFlags((flags) => flags & ~0x04), "passkey_user_verification_missing"],
  ["without user presence", () => withFlags((flags) => flags & ~0x01), "passkey_user_verification_missing"],
  ["with user verification put in after signing", () => ({ ...withFlags((flags) => flags & ~0x04), change: (credential) => ({ ...credential, response: { ...credential.response, authenticatorData: flagged(credential.response.authenticatorData) } }) }), "passkey_response_invalid"],
  ["as a registration", () => withClientData({ type: "webauthn.create" }), "passkey_response_invalid"],
  ["with a challenge of its own", () => withClientData({ challenge: toBase64Url(new Uint8Array(32)) }), "passkey_challenge_unknown"],
  ["with no challenge", () => withClientData({ challenge: undefined }), "passkey_challenge_unknown"],
  ["with the other person's user handle", () => withResponse({ userHandle: handleOf(other) }), "passkey_of_another_person"],
  ["with no user handle", () => withResponse({ userHandle: null }), "passkey_response_invalid"],
  ["with a user handle in a list", () => withResponse({ userHandle: [handleOf(person)] }), "passkey_response_invalid"],
  ["under the other person's credential id", () => ({ change: (credential) => ({ ...credential, id: idOf(other), rawId: idOf(other), response: { ...credential.response, userHandle: handleOf(other) } }) }), "passkey_response_invalid"],
  ["under the other person's credential id, with the own user handle", () => ({ change: (credential) => ({ ...credential, id: idOf(other), rawId: idOf(other) }) }), "passkey_of_another_person"],
  ["under a credential id nobody has", () => ({ change: (credential) => ({ ...credential, id: "AAAAAAAAAAAAAAAAAAAAAA", rawId: "AAAAAAAAAAAAAAAAAAAAAA" }) }), "passkey_unknown"],
  ["with two different ids", () => ({ change: (credential) => ({ ...credential, rawId: idOf(other) }) }), "passkey_response_invalid"],
  ["with the signature cut", () => ({ change: (credential) => ({ ...credential, response: { ...credential.response, signature: credential.response.signature.slice(0, 40) } }) }), "passkey_response_invalid"],
  ["with an empty signature", () => withResponse({ signature: "" }), "passkey_response_invalid"],
  ["with a changed backup-eligible flag", () => withFlags((flags) => flags & ~0x18), "passkey_response_invalid"],
  ["that is null", () => ({ change: () => null }), "invalid_request"],
  ["that is a text", () => ({ change: () => "credential" }), "passkey_response_invalid"],
  ["that is a list", () => ({ change: (credential) => [credential] }), "passkey_response_invalid"],
  ["with a challenge id nobody was given", () => ({ challengeId: "AAAAAAAAAAAAAAAAAAAAAA" }), "passkey_challenge_unknown"],
  ["with a challenge id in a list", () => ({ challengeId: ["AAAA"] as never }), "invalid_request"],
];

function flagged(encoded: string): string {
  const bytes = Buffer.from(encoded, "base64url");
  bytes[32] = (bytes[32] ?? 0) | 0x04;
  return bytes.toString("base64url");
}

describe("an assertion", () => {
  test.each(rows)("%s, on the account page", async (_name, wrong, code) => {
    const { world } = setting;
    const browser = new HttpBrowser();
    const answer = await unchangedBy(world, () => assertAtAccount(world, browser, person.authenticator, wrong()), ["PasskeyChallenge"]);
    expectRefused(answer, code);
    await expectNoSession(browser, world);
  });

  test.each(rows)("%s, in a relying party's request", async (_name, wrong, code) => {
    const { world } = setting;
    const browser = new HttpBrowser();
    const page = await browser.open((await party.begin()).url);
    const answer = await unchangedBy(world, () => assertOn(world, browser, page, person.authenticator, wrong()), ["PasskeyChallenge"]);
    expectRefused(answer, code);
    await expectNoSession(browser, world, party);
  });
});

describe("a challenge", () => {
  const openInteraction = async (browser: HttpBrowser): Promise<Answer> => browser.open((await party.begin()).url);
  const accountPage = (browser: HttpBrowser): Promise<Answer> => browser.open(`${setting.world.issuer}/account`);
  type Given = Awaited<ReturnType<typeof challengeAt>>;
  const foreign: readonly [string, (browser: HttpBrowser) => Promise<Given>, (browser: HttpBrowser) => Promise<Answer>][] = [
    ["of another interaction of this browser", async (browser) => challengeAt(browser, await openInteraction(browser)), openInteraction],
    ["of another browser's interaction", async () => {
      const attacker = new HttpBrowser();
      return challengeAt(attacker, await openInteraction(attacker));
    }, openInteraction],
    ["brought by the page of another interaction of this browser", async (browser) => challengeIn(await openInteraction(browser)), openInteraction],
    ["brought by the page of another browser's interaction", async () => challengeIn(await openInteraction(new HttpBrowser())), openInteraction],
    ["brought by the page of an interaction, on the account page", async (browser) => challengeIn(await openInteraction(browser)), accountPage],
    ["of the account page, in an interaction", async (browser) => challengeAt(browser, await accountPage(browser)), openInteraction],
    ["of an interaction, on the account page", async (browser) => challengeAt(browser, await openInteraction(browser)), accountPage],
  ];
  test.each(foreign)("%s is unknown here", async (_name, give, open) => {
    const { world } = setting;
    const browser = new HttpBrowser();
    const given = await give(browser);
    const page = await open(browser);
    const answer = await unchangedBy(world, () => answerChallenge(world, browser, page, person.authenticator, given), ["PasskeyChallenge"]);
    expectRefused(answer, "passkey_challenge_unknown");
    await expectNoSession(browser, world, party);
  });

  test.each([["asked for", challengeAt], ["brought by the page", async (_browser: HttpBrowser, page: Answer) => challengeIn(page)]])("%s is used once of twenty posts at once", async (_name, give) => {
    const { world } = setting;
    const browser = new HttpBrowser();
    const page = await openInteraction(browser);
    const given = await give(browser, page);
    const answers = await Promise.all(Array.from({ length: 20 }, () => answerChallenge(world, browser, page, person.authenticator, given)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const answer of answers.filter(({ status }) => status !== 200)) expectRefused(answer, "passkey_challenge_unknown");
  });

  test("is used up by a wrong answer", async () => {
    const { world } = setting;
    const browser = new HttpBrowser();
    const page = await browser.open(`${world.issuer}/account`);
    const given = await challengeAt(browser, page);
    expectRefused(await answerChallenge(world, browser, page, person.authenticator, given, { origin: "https://phishing.example" }), "passkey_origin_mismatch");
    expectRefused(await unchangedBy(world, () => answerChallenge(world, browser, page, person.authenticator, given)), "passkey_challenge_unknown");
    await expectNoSession(browser, world);
  });

  test.each([
    ["asked for", accountPage, challengeAt],
    ["brought by the page", openInteraction, async (_browser: HttpBrowser, page: Answer) => challengeIn(page)],
  ])("%s ends after five minutes", async (_name, open, give) => {
    const { world } = setting;
    const browser = new HttpBrowser();
    const page = await open(browser);
    const given = await give(browser, page);
    world.advance(301);
    expectRefused(await unchangedBy(world, () => answerChallenge(world, browser, page, person.authenticator, given)), "passkey_challenge_unknown");
    await expectNoSession(browser, world);
  });
});

describe("a passkey that must not sign in", () => {
  test("removed: refused, and the sessions it began are over", async () => {
    const { world } = setting;
    const old = await enrolledPerson(world, "new-phone");
    const oldBrowser = new HttpBrowser();
    await assertAtAccount(world, oldBrowser, old.authenticator);
    expect(await hasAccountSession(oldBrowser, world)).toBe(true);
    const fresh = await enrolledPerson(world, "new-phone");
    const row = await world.bridge.storage.read.passkey.findFirst({ where: { credentialId: idOf(old) } });
    await fresh.browser.submit(await fresh.browser.open(`${world.issuer}/account`), `/account/passkeys/${row?.id ?? ""}/remove`);
    expectRefused(await unchangedBy(world, () => assertAtAccount(world, new HttpBrowser(), old.authenticator), ["PasskeyChallenge"]), "passkey_not_active");
    expect((await assertAtAccount(world, new HttpBrowser(), fresh.authenticator)).status).toBe(200);
    expect(await hasAccountSession(oldBrowser, world)).toBe(false);
  });

  test("copied: a counter that went back", async () => {
    const { world } = setting;
    const counting = newPerson("next-generation");
    counting.authenticator.settings = { ...counting.authenticator.settings, counterStep: 5, backupEligible: false, backedUp: false };
    const enrolled = await enrolledPerson(world, "next-generation", counting);
    expect((await assertAtAccount(world, new HttpBrowser(), enrolled.authenticator)).status).toBe(200);
    for (const credential of enrolled.authenticator.credentials) credential.counter = 0;
    expectRefused(await unchangedBy(world, () => assertAtAccount(world, new HttpBrowser(), enrolled.authenticator), ["PasskeyChallenge"]), "passkey_counter_regressed");
  });

  test("of a person on hold, and of a certificate on hold", async () => {
    const { world } = setting;
    const held = await enrolledPerson(world, "renewed");
    await world.jlis.personas.operate("renewed", "hold");
    world.advance(10);
    expectRefused(await assertAtAccount(world, new HttpBrowser(), held.authenticator), "certificate_on_hold");
    await world.jlis.personas.operate("renewed", "release");
    world.advance(10);
    expect((await assertAtAccount(world, new HttpBrowser(), held.authenticator)).status).toBe(200);
    const row = await world.bridge.storage.read.passkey.findFirst({ where: { credentialId: idOf(held) } });
    await world.bridge.storage.transaction(({ data }) => data.person.update({ where: { id: row?.personId ?? "" }, data: { state: "held" } }));
    expectRefused(await unchangedBy(world, () => assertAtAccount(world, new HttpBrowser(), held.authenticator), ["PasskeyChallenge"]), "person_on_hold");
    await expectNoSession(held.browser, world);
  });
});
