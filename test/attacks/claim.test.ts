import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { randomBytes, toBase64Url } from "../../src/bytes.ts";
import type { ErrorCode } from "../../src/errors.ts";
import { Device } from "./device.ts";
import { expectRefused, expectRefusedPage, type Opened, openAtAccount, poll, type Setting, startSetting } from "./setting.ts";
import { transactionState, unchangedBy } from "./state.ts";

let setting: Setting;
beforeAll(async () => {
  setting = await startSetting();
});
afterAll(() => setting.close());

const otherThan = (number: string, step = 1): string => String((Number(number) + step) % 100).padStart(2, "0");

describe("the claim", () => {
  const rows: readonly [string, (device: Device) => object, ErrorCode][] = [
    ["a guessed secret", () => ({ secret: toBase64Url(randomBytes(32)) }), "claim_secret_wrong"],
    ["the secret cut short", ({ secret }) => ({ secret: secret.slice(0, -1) }), "claim_secret_wrong"],
    ["the secret with a space", ({ secret }) => ({ secret: `${secret} ` }), "claim_secret_wrong"],
    ["the transaction's id as its secret", ({ transaction }) => ({ secret: transaction }), "claim_secret_wrong"],
    ["no secret", () => ({}), "invalid_request"],
    ["an empty secret", () => ({ secret: "" }), "invalid_request"],
    ["secrets in a list", ({ secret }) => ({ secret: [secret] }), "invalid_request"],
    ["a secret in an object", ({ secret }) => ({ secret: { value: secret } }), "invalid_request"],
  ];
  test.each(rows)("with %s", async (_name, body, code) => {
    const { world } = setting;
    const opening = await openAtAccount(world, "other");
    const device = await Device.open(world, opening.link);
    expectRefused(await unchangedBy(world, () => device.post("claim", body(device))), code);
    expect(await transactionState(world, opening.transaction)).toBe("open");
    expect((await poll(opening.person.browser, opening.progress)).body).toEqual({ state: "open" });
  });

  test("by a second device", async () => {
    const { world } = setting;
    const opening = await openAtAccount(world, "other");
    const device = await Device.open(world, opening.link);
    await device.claim();
    const second = await device.stranger();
    expectRefused(await unchangedBy(world, () => second.claim()), "transaction_already_claimed");
    expectRefused(await unchangedBy(world, () => device.claim()), "transaction_already_claimed");
    expectRefused(await unchangedBy(world, () => second.post("status")), "device_key_mismatch");
    expect((await device.post("status")).body["state"]).toBe("claimed");
  });

  test("by twenty devices at once: one gets it", async () => {
    const { world } = setting;
    const first = await Device.open(world, (await openAtAccount(world, "other")).link);
    const devices = [first, ...(await Promise.all(Array.from({ length: 19 }, () => first.stranger())))];
    const answers = await Promise.all(devices.map((device) => device.claim()));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const answer of answers.filter(({ status }) => status !== 200)) expectRefused(answer, "transaction_already_claimed");
    const states = await Promise.all(devices.map((device) => device.post("status")));
    expect(states.map(({ status }) => status === 200)).toEqual(answers.map(({ status }) => status === 200));
  });

  test("of a transaction that nobody opened", async () => {
    const { world } = setting;
    const link = `${world.jlis.origin}/phone#${new URLSearchParams({ txn: toBase64Url(randomBytes(16)), secret: toBase64Url(randomBytes(32)) }).toString()}`;
    expectRefused(await unchangedBy(world, async () => (await Device.open(world, link)).claim()), "transaction_unknown");
  });
});

describe("the two-digit number", () => {
  const claimed = async (): Promise<Opened & { device: Device; number: string }> => {
    const opening = await openAtAccount(setting.world, "other");
    const device = await Device.open(setting.world, opening.link);
    await device.claim();
    const { number } = (await poll(opening.person.browser, opening.progress)).body as { number: string };
    return { ...opening, device, number };
  };

  test("is not told before a phone has connected, and never to the phone", async () => {
    const { world } = setting;
    const opening = await openAtAccount(world, "other");
    expect(opening.progress.text).not.toMatch(/data-number="\d/);
    expect((await poll(opening.person.browser, opening.progress)).body).toEqual({ state: "open" });
    const { body } = await (await Device.open(world, opening.link)).claim();
    expect(Object.keys(body)).toEqual(["request", "number_required"]);
    expect(Object.keys(body["request"] as object).sort()).toEqual(["client_host", "client_id", "client_name", "device", "expires_at", "iss", "purpose", "txn"]);
  });

  test("three wrong ones end the transaction; the right one is too late", async () => {
    const { world } = setting;
    const { device, number, person, progress, transaction } = await claimed();
    for (const left of [2, 1]) {
      const wrong = await device.post("statement", { number: otherThan(number, left) });
      expectRefused(wrong, "number_wrong");
      expect(wrong.body["attempts_left"]).toBe(left);
    }
    const last = await device.post("statement", { number: otherThan(number, 3) });
    expectRefused(last, "number_attempts_exhausted");
    expect(last.body["attempts_left"]).toBe(0);
    expectRefused(await unchangedBy(world, () => device.post("statement", { number })), "number_attempts_exhausted");
    expectRefused(await unchangedBy(world, () => device.claim()), "transaction_already_claimed");
    expect(await transactionState(world, transaction)).toBe("failed");
    expect((await poll(person.browser, progress)).body).toMatchObject({ state: "failed", error: "number_attempts_exhausted" });
    expectRefusedPage(await person.browser.open(progress.url.replace("/enrolment/", "/resume/")), "number_attempts_exhausted");
  });

  test("all hundred guessed at once use up three tries", async () => {
    const { world } = setting;
    const { device, number, transaction } = await claimed();
    const guesses = Array.from({ length: 99 }, (_, index) => otherThan(number, index + 1));
    const answers = await Promise.all(guesses.map((guess) => device.post("statement", { number: guess })));
    expect(answers.filter(({ body }) => body["error"] === "number_wrong")).toHaveLength(2);
    expect(answers.filter(({ body }) => body["error"] === "number_attempts_exhausted")).toHaveLength(97);
    expect(await transactionState(world, transaction)).toBe("failed");
  });

  const forms: readonly [string, (number: string) => unknown, ErrorCode, number?][] = [
    ["left out", () => undefined, "number_wrong", 2],
    ["null", () => null, "invalid_request"],
    ["a number", (number) => Number(number), "invalid_request"],
    ["a list with the right one", (number) => [number], "invalid_request"],
    ["an object", (number) => ({ number }), "invalid_request"],
    ["empty", () => "", "invalid_request"],
    ["three digits", (number) => `0${number}`, "invalid_request"],
    ["every number in one text", () => Array.from({ length: 100 }, (_, index) => String(index).padStart(2, "0")).join(""), "invalid_request"],
    ["full-width digits", (number) => [...number].map((digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0)).join(""), "number_wrong", 2],
    ["two letters", () => "ab", "number_wrong", 2],
    ["NUL bytes", () => "\0\0", "number_wrong", 2],
  ];
  test.each(forms)("%s", async (_name, make, code, left) => {
    const { world } = setting;
    const { device, number, transaction } = await claimed();
    const answer = await unchangedBy(world, () => device.post("statement", { number: make(number) }), left === undefined ? [] : ["EnrolmentTransaction"]);
    expectRefused(answer, code);
    expect(answer.body["attempts_left"]).toBe(left);
    expect(await transactionState(world, transaction)).toBe("claimed");
  });

  test("is asked of the device that claimed alone: a stranger's guesses cost nothing", async () => {
    const { world } = setting;
    const { device, number } = await claimed();
    const stranger = await device.stranger();
    for (let guess = 0; guess < 5; guess += 1) {
      expectRefused(await unchangedBy(world, () => stranger.post("statement", { number: otherThan(number) })), "device_key_mismatch");
    }
    expect((await device.statement(number)).txn).toBe(device.transaction);
  });
});
