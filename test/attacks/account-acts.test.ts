import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fromBase64Url, toBase64Url, toHex, utf8 } from "../../src/bytes.ts";
import type { ErrorCode } from "../../src/errors.ts";
import { parseCertificate } from "../../src/pki/certificate.ts";
import { sha256 } from "../../src/pki/digest.ts";
import { type Answer, HttpBrowser } from "../support/http-browser.ts";
import { enrolAndSignIn, newPerson, type Person, signInAgain } from "../support/journey.ts";
import { registerRelyingParty, type TestRelyingParty } from "../support/relying-party.ts";
import { assertAtAccount } from "./assertion.ts";
import { enrolledPerson, expectRefused, expectRefusedPage, hasAccountSession, script, type Setting, startSetting } from "./setting.ts";
import { unchangedBy } from "./state.ts";

let setting: Setting;
let party: TestRelyingParty;
beforeAll(async () => {
  setting = await startSetting();
  party = await registerRelyingParty(setting.world);
});
afterAll(() => setting.close());

const open = (browser: HttpBrowser, path: string): Promise<Answer> => browser.open(setting.world.issuer + path);
const read = () => setting.world.bridge.storage.read;
const lateness = 301;

/** The passkeys of a person, the earliest first. */
async function passkeysOf({ authenticator }: Person) {
  const credentialId = toBase64Url(authenticator.credentials[0]?.id ?? new Uint8Array());
  const found = await read().passkey.findUnique({ where: { credentialId }, select: { personId: true } });
  return read().passkey.findMany({ where: { personId: found?.personId ?? "" }, orderBy: { createdAt: "asc" } });
}
const personOf = async (person: Person): Promise<string> => (await passkeysOf(person))[0]?.personId ?? "";
const stateOf = async (person: Person) => (await read().person.findUnique({ where: { id: await personOf(person) } }))?.state;
const lastReceipt = async (personId: string) => read().receipt.findFirst({ where: { personId }, orderBy: { sequence: "desc" } });

/** Where the person says of the last receipt of a kind that it was somebody else. */
const reportOf = async (person: Person, kind: string): Promise<string> =>
  `/account/activity/${(await read().receipt.findFirst({ where: { personId: await personOf(person), kind }, orderBy: { sequence: "desc" } }))?.id ?? ""}/report`;

/** A person who is signed in by passkey, connected with the relying party. */
async function connected(persona: string, service = party): Promise<{ person: Person; browser: HttpBrowser }> {
  // What was ended in this very second would end this, too.
  setting.world.advance(1);
  const person = await enrolledPerson(setting.world, persona, newPerson(persona));
  const { signIn, callback } = await signInAgain(setting.world, person, service);
  await service.finish(signIn, callback);
  const browser = new HttpBrowser();
  await assertAtAccount(setting.world, browser, person.authenticator);
  return { person, browser };
}

/** Uses the passkey on a page that asks for it first; where the page goes on. */
async function confirmOn(browser: HttpBrowser, page: Answer, person: Person): Promise<{ status: number; body: Record<string, unknown> }> {
  const address = /data-verify-url="([^"]+)"/.exec(page.text)?.[1]?.replaceAll("&amp;", "&") ?? "";
  const { body } = await browser.postJson(page, "/account/confirm/passkey/options", {});
  const credential = person.authenticator.get(body["options"] as never, setting.world.issuer, {});
  return browser.postJson(page, address, { challenge_id: body["challenge_id"], credential });
}

describe("what ends much asks for a passkey that was used within five minutes", () => {
  const paths: readonly [string, (passkey: string, receipt: string) => string, string][] = [
    ["suspend a passkey", (passkey) => `/account/passkeys/${passkey}/suspend`, "This passkey can no longer sign in."],
    ["remove a passkey", (passkey) => `/account/passkeys/${passkey}/remove`, "This passkey can never sign in again."],
    ["erase a phone", (passkey) => `/account/passkeys/${passkey}/surrender`, "This passkey, and all others made with the certificate in the same phone, can no longer sign in."],
    ["disconnect a service", () => `/account/services/${party.clientId}/disconnect`, "can no longer use your sign-in"],
    ["delete the details", () => "/account/attributes/forget", "What was read from your signature certificate is deleted."],
    ["renew a pseudonym", () => `/account/services/${party.clientId}/pseudonym`, "This service is told that the number"],
    ["report an activity", (_passkey, receipt) => `/account/activity/${receipt}/report`, "The passkey it was done with stops working, if one is on record for it."],
    ["take the data along", () => "/account/data/export", "What is kept about you comes in one file"],
    ["erase the account", () => "/account/erase", "This cannot be undone."],
  ];
  let person: Person;
  let browser: HttpBrowser;
  let parameters: [string, string];
  beforeAll(async () => {
    ({ person, browser } = await connected("good-phone"));
    parameters = [(await passkeysOf(person))[0]?.id ?? "", (await lastReceipt(await personOf(person)))?.id ?? ""];
    setting.world.advance(lateness);
  });

  test.each(paths)("%s: told first, then asked for, and nothing is done without", async (_name, path, effect) => {
    const address = path(...parameters);
    const page = await open(browser, address);
    expect(page.text).toContain(effect);
    expect(page.text).toContain("data-approve");
    const done = await unchangedBy(setting.world, () => browser.submit(page, address, { understood: "yes" }));
    expect(done.text).toContain("data-approve");
  });

  test.each(paths)("%s: nothing for who is not signed in", async (_name, path) => {
    const stranger = new HttpBrowser();
    const address = path(...parameters);
    const page = await open(stranger, address);
    expect(new URL(page.url).pathname).toBe("/account");
    expectRefusedPage(await unchangedBy(setting.world, () => stranger.submit(page, address, { understood: "yes" })), "sign_in_required");
  });

  test("a passkey of somebody else does not do", async () => {
    const { person: other } = await connected("good-card");
    const page = await open(browser, "/account/erase");
    expectRefused(await confirmOn(browser, page, other), "passkey_of_another_person");
    expect((await open(browser, "/account/erase")).text).toContain("data-approve");
  });

  const addresses = ["https://phishing.example/", "//phishing.example", "/account//phishing.example", "/account", "/interaction/x", "/account/../approve", "/account/erase?x=1", ""];
  test.each(addresses)("and then goes nowhere else: %s", async (address) => {
    expectRefused(await script(browser, setting.world, `/account/confirm/passkey?for=${encodeURIComponent(address)}`, { challenge_id: "A", credential: {} }), "invalid_request");
  });

  test("once it was used, the page offers what it is for", async () => {
    const page = await open(browser, "/account/erase");
    const { body } = await confirmOn(browser, page, person);
    expect(body).toEqual({ location: "/account/erase" });
    expect((await open(browser, "/account/erase")).text).not.toContain("data-approve");
  });
});

describe("somebody else's", () => {
  const rows: readonly [string, (passkey: string, receipt: string) => string][] = [
    ["passkey is not removed", (passkey) => `/account/passkeys/${passkey}/remove`],
    ["service has no connection to end", () => "/account/services/nobody/disconnect"],
    ["passkey is not suspended", (passkey) => `/account/passkeys/${passkey}/suspend`],
    ["phone is not erased", (passkey) => `/account/passkeys/${passkey}/surrender`],
    ["activity is not reported", (_passkey, receipt) => `/account/activity/${receipt}/report`],
    ["certificate is not unlinked", (passkey) => `/account/certificates/${passkey}/unlink`],
    ["service has no pseudonym to renew", () => "/account/services/nobody/pseudonym"],
  ];
  test.each(rows)("%s", async (_name, path) => {
    const victim = await connected("good-phone");
    const attacker = await connected("good-card");
    const address = path((await passkeysOf(victim.person))[0]?.id ?? "", (await lastReceipt(await personOf(victim.person)))?.id ?? "");
    const page = await open(attacker.browser, "/account");
    for (const answer of [() => open(attacker.browser, address), () => attacker.browser.submit(page, address)]) expectRefusedPage(await unchangedBy(setting.world, answer), "not_found" satisfies ErrorCode);
  });
});

describe("a hold", () => {
  test("takes one press and a confirmation, and stops every sign-in", async () => {
    const { person, browser } = await connected("next-generation");
    setting.world.advance(lateness);
    const page = await open(browser, "/account/hold");
    expect(page.text).not.toContain("data-approve");
    const ended = await browser.submit(page, "/account/hold");
    expect(ended.text).toContain("Your ID is suspended");
    expect(ended.text).toContain('href="/recovery/release"');
    expect(await stateOf(person)).toBe("held");
    expect(await hasAccountSession(browser, setting.world)).toBe(false);
    expectRefused(await assertAtAccount(setting.world, new HttpBrowser(), person.authenticator), "person_on_hold");
  });
});

describe("who is here by another passkey", () => {
  const rows: readonly [string, string, string, string, string][] = [
    ["suspends one and stays", "renewed", "suspend", "The passkey is suspended.", "suspended"],
    ["removes one and stays", "new-phone", "remove", "The passkey was removed.", "revoked"],
    ["erases the phone of another and stays", "good-card", "surrender", "The phone was erased.", "revoked"],
  ];
  test.each(rows)("%s", async (_name, persona, act, notice, state) => {
    const { world } = setting;
    const lost = await enrolledPerson(world, persona);
    const { browser } = await connected(lost.persona);
    const [earliest] = (await passkeysOf(lost)).filter((passkey) => passkey.credentialId === toBase64Url(lost.authenticator.credentials[0]?.id ?? new Uint8Array()));
    const address = `/account/passkeys/${earliest?.id}/${act}`;
    const done = await browser.submit(await open(browser, address), address);
    expect(new URL(done.url).pathname).toBe("/account");
    expect(done.text).toContain(notice);
    expect((await read().passkey.findUnique({ where: { id: earliest?.id ?? "" } }))?.state).toBe(state);
    expect(done.text.includes(`/account/passkeys/${earliest?.id}/`)).toBe(state === "suspended");
    expectRefused(await assertAtAccount(world, new HttpBrowser(), lost.authenticator), "passkey_not_active");
    expect(await hasAccountSession(browser, world)).toBe(true);
  });
});

describe("a pseudonym", () => {
  test("is renewed at one service, which knows the person by another from then on", async () => {
    const { person, browser } = await connected("good-card");
    const personId = await personOf(person);
    const before = await read().pairwiseSubject.findMany({ where: { personId } });
    const address = `/account/services/${party.clientId}/pseudonym`;
    const done = await browser.submit(await open(browser, address), address);
    expect(new URL(done.url).pathname).toBe(`/account/services/${party.clientId}`);
    expect(done.text).toContain("Your number at this service was changed.");
    const after = await read().pairwiseSubject.findMany({ where: { personId } });
    expect(after.map(({ sector }) => sector)).toEqual(before.map(({ sector }) => sector));
    expect(after.map(({ subject }) => subject)).not.toEqual(before.map(({ subject }) => subject));
    const { signIn, callback } = await signInAgain(setting.world, person, party);
    expect((await party.finish(signIn, callback)).claims()?.sub).toBe(after[0]?.subject);
  });
});

describe("activity", () => {
  test("names the service; what is reported ends the passkey and every session, and offers the hold", async () => {
    const { person, browser } = await connected("renewed");
    const page = await open(browser, "/account/activity");
    expect(page.text).toContain("Signed in to a service");
    expect(page.text).toContain(party.clientId.replace("client-", "Service "));
    const [newest] = [...page.text.matchAll(/href="(\/account\/activity\/[^"]+\/report)"/g)].map(([, path]) => path ?? "");
    const ended = await browser.submit(await open(browser, newest ?? ""), newest ?? "");
    expect(ended.text).toContain("The passkey that was used was ended");
    expect(ended.text).toContain('href="/recovery/hold"');
    expect((await passkeysOf(person)).at(-1)?.state).toBe("revoked");
    expectRefused(await assertAtAccount(setting.world, new HttpBrowser(), person.authenticator), "passkey_not_active");
  });

  test.each(["consent_given", "assertion_issued"])("%s: names the passkey it was done with, which is ended", async (kind) => {
    const { person, browser } = await connected("renewed", await registerRelyingParty(setting.world));
    const address = await reportOf(person, kind);
    const ended = await browser.submit(await open(browser, address), address);
    expect(ended.text).toContain("The passkey that was used was ended");
    const credentialId = toBase64Url(person.authenticator.credentials.at(-1)?.id ?? new Uint8Array());
    expect((await passkeysOf(person)).find((passkey) => passkey.credentialId === credentialId)?.state).toBe("revoked");
  });

  test("done without a passkey, by a signature: none is ended, and that is what is told", async () => {
    const { world } = setting;
    const person = newPerson("good-card");
    const { signIn, callback } = await enrolAndSignIn(world, person, party);
    await party.finish(signIn, callback);
    const browser = new HttpBrowser();
    await assertAtAccount(world, browser, person.authenticator);
    const address = await reportOf(person, "assertion_issued");
    const done = await browser.submit(await open(browser, address), address);
    expect(new URL(done.url).pathname).toBe("/account/hold");
    expect(done.text).toContain("No passkey was ended: none that still works is on record for this.");
    expect(done.text).not.toContain("The passkey that was used was ended");
    expect((await passkeysOf(person)).at(-1)?.state).toBe("active");
  });
});

describe("the account", () => {
  test("is exported with the person's own records alone, and erased for good only with the box ticked", async () => {
    const { person, browser } = await connected("good-phone");
    const personId = await personOf(person);
    const review = { id: "review-1", medium: "card", state: "denied", reason: "no call" };
    const decidedAt = setting.world.now();
    const decided = new Date(decidedAt * 1000);
    await setting.world.bridge.storage.transaction(({ data }) => data.recoveryReview.create({ data: { ...review, personId, certificateDigest: utf8("digest of the review"), certificateExpiresAt: decided, openedAt: decided, decidedAt: decided, decidedBy: "sato" } }));
    const page = await open(browser, "/account/data/export");
    const file = await browser.submit(page, "/account/data/export");
    expect(file.headers.get("content-disposition")).toContain("attachment");
    const exported = JSON.parse(file.text) as { receipts: { person: string; signature: string }[]; passkeys: unknown[]; services: unknown[]; pseudonyms: unknown[]; certificates: { certificate: string; status: { answer_sha256: string } }[]; status_answers: { sha256: string; answer: string }[] };
    expect(new Set(exported.receipts.map(({ person: whose }) => whose))).toEqual(new Set([personId]));
    expect(exported.receipts.every(({ signature }) => signature.length === 86)).toBe(true);
    expect(exported).toMatchObject({ issuer: setting.world.issuer, services: [{ client_id: party.clientId }], pseudonyms: [{}] });
    const row = await read().person.findUnique({ where: { id: personId } });
    expect(exported).toMatchObject({ user_handle: toBase64Url(row?.userHandle ?? new Uint8Array()), reviews: [{ ...review, decided_at: decidedAt }] });
    const { certificates, status_answers } = exported;
    expect(parseCertificate(fromBase64Url(certificates[0]?.certificate ?? "") ?? new Uint8Array())).toMatchObject({ valid: true });
    // What the status in the file rests on is in it, under the digest by which receipts name it.
    expect(status_answers.map(({ sha256: digest, answer }) => digest === toHex(sha256(fromBase64Url(answer) ?? new Uint8Array())))).not.toContain(false);
    expect(status_answers.map((answer) => answer.sha256)).toContain(certificates[0]?.status.answer_sha256);

    const confirmation = await open(browser, "/account/erase");
    expectRefusedPage(await unchangedBy(setting.world, () => browser.submit(confirmation, "/account/erase")), "invalid_request");
    const ended = await browser.submit(confirmation, "/account/erase", { understood: "yes" });
    expect(ended.text).toContain("Your account was deleted");
    expect(ended.text).toMatch(new RegExp(`data-removed="[^"]*${toBase64Url(person.authenticator.credentials.at(-1)?.id ?? new Uint8Array())}`));
    expect((await read().person.findUnique({ where: { id: personId } }))?.state).toBe("erased");
    expectRefused(await assertAtAccount(setting.world, new HttpBrowser(), person.authenticator), "passkey_unknown");
  });
});

describe("a link", () => {
  test("is told with what it rests on, and ended by the person: the earlier certificate stands again", async () => {
    const { world } = setting;
    const { person, browser: earlier } = await connected("good-phone");
    await world.jlis.personas.operate("good-phone", "reissue");
    world.advance(10);
    const later = newPerson("good-phone");
    const enrolled = await enrolAndSignIn(world, later, party);
    await party.finish(enrolled.signIn, enrolled.callback);
    expect(await personOf(later)).toBe(await personOf(person));
    const browser = new HttpBrowser();
    await assertAtAccount(world, browser, person.authenticator);
    const page = await open(browser, "/account");
    expect(page.text).toContain("Its issuer said that it follows the earlier one");
    const address = /href="(\/account\/certificates\/[^"]+\/unlink)"/.exec(page.text)?.[1] ?? "";
    const done = await browser.submit(await open(browser, address), address);
    expect(done.text).toContain("The certificate was unlinked.");
    expect(done.text).not.toContain(address);
    expectRefused(await assertAtAccount(world, new HttpBrowser(), later.authenticator), "passkey_not_active");
    expect(await hasAccountSession(earlier, world)).toBe(false);
    const states = (await passkeysOf(person)).map(({ state }) => state);
    expect(states).toEqual(["active", "revoked"]);
  });
});
