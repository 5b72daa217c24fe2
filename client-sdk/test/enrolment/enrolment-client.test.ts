import { describe, expect, test } from "vitest";
import { utf8 } from "../../src/bytes.ts";
import { EnrolmentClient } from "../../src/enrolment/enrolment-client.ts";
import type { ClaimedEnrolment, StatedEnrolment } from "../../src/enrolment/enrolment-steps.ts";
import { ProvedEnrolment } from "../../src/enrolment/passkey-steps.ts";
import { applet, type BridgeOptions, credential, startServer } from "../support/enrolment-rig.ts";
import type { EnrolmentServer } from "../support/enrolment-server.ts";

let server: EnrolmentServer;
const pin = "1234";

async function claim(options: BridgeOptions): Promise<ClaimedEnrolment> {
  server = await startServer(options);
  const client = await EnrolmentClient.open({ link: server.link, issuers: [server.issuer], language: "en" });
  return client.claim();
}

async function state(options: BridgeOptions): Promise<StatedEnrolment> {
  const claimed = await claim(options);
  return claimed.statement({ number: "42" });
}

async function prove(options: BridgeOptions): Promise<ProvedEnrolment> {
  const proved = await (await state(options)).prove({ applet, pin });
  if (!(proved instanceof ProvedEnrolment)) throw new Error("a passkey was expected next");
  return proved;
}

describe("the journey", () => {
  test("on one device", async () => {
    const claimed = await claim({ device: "same" });
    expect(claimed.request).toMatchObject({ iss: server.issuer, purpose: "enrol", client_name: "カフェ", client_host: "shop.example", device: "same" });
    expect(claimed.numberRequired).toBe(false);
    const stated = await claimed.statement();
    expect(stated.statement).toMatchObject({ client_id: "shop", code_hash: null });
    const proved = await stated.prove({ applet, pin: utf8(pin) });
    if (proved.next !== "passkey") throw new Error("a passkey was expected next");
    const asked: unknown[] = [];
    const outcome = await proved.createPasskey(async (options) => {
      asked.push(options.pubKeyCredParams);
      return credential;
    });
    expect(asked).toEqual([[{ type: "public-key", alg: -7 }]]);
    expect(server.credential).toEqual(credential);
    expect(outcome).toEqual({ next: "return", return_url: `${server.issuer}/return#code` });
    expect(server.steps).toEqual(["claim", "statement", "proof", "passkey/options", "passkey"]);
    expect([...server.languages]).toEqual(["en"]);
    expect(server.numbers).toEqual([undefined]);
  });

  test("with the browser on another device", async () => {
    const claimed = await claim({ device: "other" });
    expect(claimed.numberRequired).toBe(true);
    const proved = await (await claimed.statement({ number: "42" })).prove({ applet, pin });
    if (proved.next !== "passkey") throw new Error("a passkey was expected next");
    expect(await proved.createPasskey(async () => credential)).toEqual({ next: "done" });
  });

  test("by a continuation in this device's browser", async () => {
    const continued = await (await prove({ device: "other" })).continuation();
    expect(continued.continuation.url).toBe(`${server.issuer}/continue#secret`);
    await expect(continued.confirm("654321")).rejects.toMatchObject({ code: "number_wrong", attemptsLeft: 2 });
    expect(await continued.confirm("１２３４５６")).toEqual({ next: "done" });
  });

  test.each([
    ["same", "return"],
    ["other", "done"],
  ] as const)("step-up on the %s device ends with %s, without a passkey", async (device, next) => {
    const outcome = await (await state({ device, purpose: "step-up" })).prove({ applet, pin });
    expect(outcome).toMatchObject({ next });
    expect(server.steps).toEqual(["claim", "statement", "proof"]);
  });

  test("its state can be asked for and it can be given up", async () => {
    const claimed = await claim({ device: "same" });
    expect(await claimed.status()).toEqual({ state: "claimed", expires_at: expect.any(Number) });
    await claimed.cancel();
    expect(server.steps).toEqual(["claim", "status", "cancel"]);
  });
});

describe("the number", () => {
  test("wrong ones may be tried again, and only two digits are sent", async () => {
    const claimed = await claim({ device: "other" });
    for (const number of [undefined, "", "4", "421", "4a", "-1"]) {
      await expect(claimed.statement(number === undefined ? {} : { number })).rejects.toMatchObject({ code: "number_malformed" });
    }
    await expect(claimed.statement({ number: "41" })).rejects.toMatchObject({ code: "number_wrong", attemptsLeft: 2, description: "words for number_wrong" });
    expect((await claimed.statement({ number: " ４２ " })).statement.code_hash).not.toBeNull();
    expect(server.numbers).toEqual(["41", "42"]);
  });

  test("of the confirmation: only six digits are sent", async () => {
    const continued = await (await prove({ device: "same" })).continuation();
    for (const number of ["", "12345", "1234567", "12345a"]) {
      await expect(continued.confirm(number)).rejects.toMatchObject({ code: "number_malformed" });
    }
    expect(server.steps).not.toContain("confirm");
  });
});

describe("nothing is sent", () => {
  test("when the PIN is wrong, and the same statement may be proved with the right one", async () => {
    const stated = await state({ device: "same" });
    await expect(stated.prove({ applet, pin: "0000" })).rejects.toMatchObject({ name: "AppletError", code: "pin_wrong", triesLeft: 2 });
    expect(server.steps).toEqual(["claim", "statement"]);
    expect(await stated.prove({ applet, pin })).toMatchObject({ next: "passkey" });
  });

  test("when the person cancels the passkey, and it may be tried again", async () => {
    const proved = await prove({ device: "same" });
    const cancelled = new DOMException("cancelled", "NotAllowedError");
    await expect(proved.createPasskey(() => Promise.reject(cancelled))).rejects.toBe(cancelled);
    expect(server.steps).not.toContain("passkey");
    expect(await proved.createPasskey(async () => credential)).toMatchObject({ next: "return" });
  });
});

// Each row: a member of the statement, and what it is changed to on its way to the device.
describe("a statement that is not what was shown is not signed", () => {
  const other = "QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8";
  test.each<[string, unknown]>([
    ["iss", "https://evil.example"],
    ["txn", "txn-2"],
    ["purpose", "recover"],
    ["client_id", "bank"],
    ["client_name", "Bank"],
    ["client_host", "bank.example"],
    ["jkt", other],
    ["code_hash", other],
    ["code_hash", null],
    ["nonce", other],
    ["iat", 4_000_000_000],
    ["exp", 1_000_000_000],
    ["exp", 4_000_000_000],
  ])("%s: %j", async (member, value) => {
    const claimed = await claim({
      device: "other",
      tamper: (step, answer) => (step === "statement" ? { statement: { ...(answer["statement"] as object), [member]: value } } : answer),
    });
    // Another nonce shows in the code hash, which was made with the first one.
    const at = member === "nonce" ? "code_hash" : member;
    await expect(claimed.statement({ number: "42" })).rejects.toMatchObject({ name: "EnrolmentError", code: "statement_mismatch", at });
  });
});
