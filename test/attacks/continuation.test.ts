import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { randomBytes, toBase64Url } from "../../src/bytes.ts";
import { sweepEnrolments } from "../../src/enrolment/index.ts";
import type { ErrorCode } from "../../src/errors.ts";
import { SoftwareAuthenticator } from "../passkeys/software-authenticator.ts";
import { HttpBrowser } from "../support/http-browser.ts";
import { newPerson } from "../support/journey.ts";
import { continuationOf, type Device, type JsonAnswer } from "./device.ts";
import { assertAtAccount } from "./assertion.ts";
import { expectNoSession, expectRefused, openAtAccount, type Opened, provedDevice, script, type Setting, startSetting } from "./setting.ts";
import { count, transactionState, unchangedBy } from "./state.ts";

let setting: Setting;
beforeAll(async () => {
  setting = await startSetting();
});
afterAll(() => setting.close());

interface Attack extends Opened {
  readonly device: Device;
  readonly url: string;
  readonly txn: string;
  readonly token: string;
}

/** The attacker proves himself and has a continuation to forward. */
async function forwarded(): Promise<Attack> {
  const opening = await openAtAccount(setting.world, "other");
  const { device } = await provedDevice(setting.world, opening);
  const { body } = await device.post("continuation");
  return { ...opening, device, url: String(body["url"]), ...continuationOf(String(body["url"])) };
}

type Victim = { readonly browser: HttpBrowser; readonly authenticator: SoftwareAuthenticator };
const newVictim = (): Victim => ({ browser: new HttpBrowser(), authenticator: new SoftwareAuthenticator() });

const post = (browser: HttpBrowser, path: string, body: object): Promise<Pick<JsonAnswer, "status" | "body">> => script(browser, setting.world, path, body);

/** The victim follows the forwarded link and makes a passkey; the six digits that only the victim sees. */
async function fallFor({ txn, token }: { txn: string; token: string }, victim: Victim): Promise<string> {
  const { body } = await post(victim.browser, "/enrolment/continue", { txn, token });
  const credential = victim.authenticator.create(body["options"] as never, setting.world.issuer);
  const made = await post(victim.browser, "/enrolment/continue/passkey", { txn, token, credential });
  return String(made.body["number"]);
}

const otherThan = (number: string): string => String((Number(number) + 1) % 1_000_000).padStart(6, "0");

describe("a continuation forwarded to a victim", () => {
  test("leaves a pending passkey that signs nobody in, and no session", async () => {
    const { world } = setting;
    const attack = await forwarded();
    const victim = newVictim();
    await fallFor(attack, victim);
    expect(await transactionState(world, attack.txn)).toBe("passkey_pending");
    const answer = await unchangedBy(world, () => assertAtAccount(world, victim.browser, victim.authenticator), ["PasskeyChallenge"]);
    expectRefused(answer, "passkey_not_active");
    await expectNoSession(victim.browser, world);
  });

  test("cannot be confirmed without the six digits: three tries, then the right ones are too late", async () => {
    const { world } = setting;
    const attack = await forwarded();
    const victim = newVictim();
    const number = await fallFor(attack, victim);
    const passkeys = await count(world, "passkey");
    for (const attemptsLeft of [2, 1]) {
      const wrong = await unchangedBy(world, () => attack.device.post("confirm", { number: otherThan(number) }), ["EnrolmentTransaction"]);
      expectRefused(wrong, "number_wrong");
      expect(wrong.body["attempts_left"]).toBe(attemptsLeft);
    }
    const last = await attack.device.post("confirm", { number: otherThan(number) });
    expectRefused(last, "number_attempts_exhausted");
    expect(last.body["attempts_left"]).toBe(0);
    expectRefused(await unchangedBy(world, () => attack.device.post("confirm", { number })), "number_attempts_exhausted");
    expectRefused(await unchangedBy(world, () => assertAtAccount(world, victim.browser, victim.authenticator), ["PasskeyChallenge"]), "passkey_unknown");
    expect(await transactionState(world, attack.txn)).toBe("failed");
    expect(await count(world, "passkey")).toBe(passkeys - 1);
  });

  test("twenty guesses at once use up three tries", async () => {
    const { world } = setting;
    const attack = await forwarded();
    const number = await fallFor(attack, newVictim());
    const answers = await Promise.all(Array.from({ length: 20 }, () => attack.device.post("confirm", { number: otherThan(number) })));
    expect(answers.filter(({ body }) => body["error"] === "number_wrong")).toHaveLength(2);
    expect(answers.filter(({ body }) => body["error"] === "number_attempts_exhausted")).toHaveLength(18);
    expect(await transactionState(world, attack.txn)).toBe("failed");
  });

  test("confirmed twenty times at once, it becomes active once", async () => {
    const { world } = setting;
    const attack = await forwarded();
    const number = await fallFor(attack, newVictim());
    const answers = await Promise.all(Array.from({ length: 20 }, () => attack.device.post("confirm", { number })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const answer of answers.filter(({ status }) => status !== 200)) expect(["transaction_wrong_state", "passkey_not_active"]).toContain(answer.body["error"]);
    expect(await transactionState(world, attack.txn)).toBe("complete");
  });

  const endings: readonly [string, (attack: Attack) => Promise<unknown>][] = [
    ["the app cancels", ({ device }) => device.post("cancel")],
    ["the browser cancels", ({ person, progress }) => person.browser.submit(progress, `${new URL(progress.url).pathname}/cancel`)],
    ["its time runs out, and the bridge sweeps", async () => {
      setting.world.advance(301);
      await sweepEnrolments(setting.world.bridge.storage, setting.world.now());
    }],
  ];
  test.each(endings)("leaves no passkey behind when %s", async (_name, end) => {
    const { world } = setting;
    const attack = await forwarded();
    const passkeys = async (): Promise<string[]> => (await world.bridge.storage.read.passkey.findMany()).map(({ id }) => id);
    const before = await passkeys();
    const made = async (): Promise<string[]> => (await passkeys()).filter((id) => !before.includes(id));
    const victim = newVictim();
    await fallFor(attack, victim);
    await sweepEnrolments(world.bridge.storage, world.now());
    expect(await made()).toHaveLength(1);
    await end(attack);
    expect(await made()).toEqual([]);
    expectRefused(await unchangedBy(world, () => assertAtAccount(world, victim.browser, victim.authenticator), ["PasskeyChallenge"]), "passkey_unknown");
  });

  test("the victim's device cannot confirm in the attacker's place", async () => {
    const { world } = setting;
    const attack = await forwarded();
    const number = await fallFor(attack, newVictim());
    const stranger = await attack.device.stranger();
    expectRefused(await unchangedBy(world, () => stranger.post("confirm", { number })), "device_key_mismatch");
  });

  test("a pending passkey is not on the account page and not among those to leave out", async () => {
    const { world } = setting;
    const attack = await forwarded();
    await fallFor(attack, newVictim());
    await attack.device.post("cancel");
    const { device } = await provedDevice(world, await openAtAccount(world, "other"));
    const { body } = await device.post("passkey/options");
    const { excludeCredentials } = body["options"] as { excludeCredentials: readonly unknown[] };
    const active = await world.bridge.storage.read.passkey.count({ where: { state: "active" } });
    expect(excludeCredentials).toHaveLength(active);
  });
});

describe("the continuation's token", () => {
  type Opening = Awaited<ReturnType<typeof forwarded>>;
  const rows: readonly [string, (opening: Opening) => Promise<object> | object, string?][] = [
    ["guessed", ({ txn }) => ({ txn, token: toBase64Url(randomBytes(32)) })],
    ["of another transaction", async ({ txn }) => ({ txn, token: (await forwarded()).token })],
    ["for a transaction nobody opened", ({ token }) => ({ txn: toBase64Url(randomBytes(16)), token }), "transaction_unknown"],
    ["the claim secret in its place", ({ txn, device }) => ({ txn, token: device.secret })],
    ["opened before", async ({ txn, token }) => {
      await post(new HttpBrowser(), "/enrolment/continue", { txn, token });
      return { txn, token };
    }],
    ["replaced by a newer one", async ({ txn, token, device }) => {
      await device.post("continuation");
      return { txn, token };
    }],
    ["replaced by options for the device itself", async ({ txn, token, device }) => {
      await device.post("passkey/options");
      return { txn, token };
    }],
    ["after the transaction was cancelled", async ({ txn, token, device }) => {
      await device.post("cancel");
      return { txn, token };
    }],
  ];
  test.each(rows)("is refused: %s", async (_name, make, code = "continuation_invalid") => {
    const { world } = setting;
    const body = await make(await forwarded());
    expectRefused(await unchangedBy(world, () => post(new HttpBrowser(), "/enrolment/continue", body)), code as ErrorCode);
  });

  test("opens once of twenty times at once", async () => {
    const { txn, token } = await forwarded();
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(new HttpBrowser(), "/enrolment/continue", { txn, token })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const answer of answers.filter(({ status }) => status !== 200)) expectRefused(answer, "continuation_invalid");
  });

  test("makes one passkey of twenty posted at once", async () => {
    const { world } = setting;
    const { txn, token } = await forwarded();
    const victim = newVictim();
    const { body } = await post(victim.browser, "/enrolment/continue", { txn, token });
    const credential = victim.authenticator.create(body["options"] as never, world.issuer);
    const before = await count(world, "passkey");
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(victim.browser, "/enrolment/continue/passkey", { txn, token, credential })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const answer of answers.filter(({ status }) => status !== 200)) expectRefused(answer, "continuation_invalid");
    expect(await count(world, "passkey")).toBe(before + 1);
  });

  test("is worth nothing before it was opened", async () => {
    const { world } = setting;
    const { txn, token } = await forwarded();
    const credential = { id: "AA", rawId: "AA", type: "public-key", response: {} };
    expectRefused(await unchangedBy(world, () => post(new HttpBrowser(), "/enrolment/continue/passkey", { txn, token, credential })), "continuation_invalid");
  });

  test("ends after a minute", async () => {
    const { world } = setting;
    const { txn, token, device } = await forwarded();
    world.advance(61);
    expectRefused(await unchangedBy(world, () => post(new HttpBrowser(), "/enrolment/continue", { txn, token })), "continuation_invalid");
    expect((await device.post("status")).body["state"]).toBe("proved");
  });

  test("takes the challenge of the device's own ceremony for nothing", async () => {
    const { world } = setting;
    const { txn, token, device } = await forwarded();
    await post(new HttpBrowser(), "/enrolment/continue", { txn, token });
    const own = newPerson().authenticator;
    const { body } = await device.post("passkey/options");
    const credential = own.create(body["options"] as never, world.issuer);
    expectRefused(await unchangedBy(world, () => post(new HttpBrowser(), "/enrolment/continue/passkey", { txn, token, credential })), "continuation_invalid");
  });
});
