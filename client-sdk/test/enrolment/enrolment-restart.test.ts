import { describe, expect, test } from "vitest";
import { DpopKey } from "../../src/enrolment/dpop.ts";
import { EnrolmentClient, type ResumedEnrolment } from "../../src/enrolment/enrolment-client.ts";
import type { SavedEnrolment } from "../../src/enrolment/saved-enrolment.ts";
import { applet, type BridgeOptions, credential, startServer } from "../support/enrolment-rig.ts";
import type { EnrolmentServer } from "../support/enrolment-server.ts";

let server: EnrolmentServer;
type Taken = Exclude<ResumedEnrolment, { next: "return" | "done" }>;

async function open(options: Partial<BridgeOptions> = {}, key?: DpopKey): Promise<EnrolmentClient> {
  server = await startServer({ device: "other", ...options });
  return EnrolmentClient.open({ link: server.link, issuers: [server.issuer], key: key ?? (await DpopKey.generate({ extractable: true })) });
}

/** Takes the one step that leads on. */
async function step(at: Taken, way: "here" | "browser"): Promise<ResumedEnrolment> {
  if (at.next === "claim") return at.claim();
  if (at.next === "statement") return at.statement({ number: "42" });
  if (at.next === "signature") return at.sign({ applet, pin: "1234" });
  if (at.next === "proof") return at.send();
  if (at.next === "confirmation") return at.confirm("123456");
  return way === "here" ? at.createPasskey(async () => credential) : at.continuation();
}

/** What is left of an enrolment when the app's process ends. */
async function restart(at: Taken): Promise<Taken> {
  const kept = JSON.stringify(await at.save());
  expect(kept).not.toContain("1234");
  const resumed = await EnrolmentClient.resume(JSON.parse(kept), { issuers: [server.issuer] });
  if (resumed.next === "return" || resumed.next === "done") throw new Error("it was over");
  return resumed;
}

describe("an app that is restarted at every point", () => {
  test.each([
    ["here", "other", ["claim", "statement", "signature", "proof", "passkey"]],
    ["here", "same", ["claim", "statement", "signature", "proof", "passkey"]],
    ["browser", "other", ["claim", "statement", "signature", "proof", "passkey", "confirmation"]],
  ] as const)("passkey made %s, browser on the %s device", async (way, device, stations) => {
    let at: ResumedEnrolment = await open({ device });
    const seen: string[] = [];
    while (at.next !== "return" && at.next !== "done") {
      seen.push(at.next);
      const before = server.steps.length;
      at = await restart(at);
      expect(at.next).toBe(seen.at(-1));
      expect(server.steps.slice(before)).toEqual(at.next === "claim" ? [] : ["status"]);
      at = await step(at, way);
    }
    expect(seen).toEqual(stations);
    expect(at.next).toBe(device === "same" ? "return" : "done");
    expect(server.proofs).toHaveLength(1);
  });

  test("the secret of the link is kept only until the claim", async () => {
    const client = await open();
    const secret = /secret=(?<secret>[^&]+)/u.exec(server.link)?.groups?.["secret"] ?? "";
    expect(JSON.stringify(await client.save())).toContain(secret);
    expect(JSON.stringify(await (await client.claim()).save())).not.toContain(secret);
  });

  test("a key that the platform holds is not in what is kept, and is handed in again", async () => {
    const key = await DpopKey.generate();
    const saved = await (await (await open({}, key)).claim()).save();
    expect(saved.key).toBeNull();
    await expect(EnrolmentClient.resume(saved, { issuers: [server.issuer] })).rejects.toMatchObject({ code: "saved_malformed", at: "key" });
    expect(await EnrolmentClient.resume(saved, { issuers: [server.issuer], key: await DpopKey.fromPair(key.pair) })).toMatchObject({ next: "statement" });
    await expect(EnrolmentClient.resume(saved, { issuers: [server.issuer], key: await DpopKey.generate() })).rejects.toMatchObject({ code: "device_key_mismatch" });
  });

  test("a continuation that has expired leads back to the passkey", async () => {
    const proved = await (await (await (await open()).claim()).statement({ number: "42" })).prove({ applet, pin: "1234" });
    if (proved.next !== "passkey") throw new Error("a passkey was expected next");
    const continued = await proved.continuation();
    const saved = await continued.save();
    // The device proof is by the same clock, and the bridge allows it 60 seconds.
    const now = (): number => Math.floor(Date.now() / 1000) + 59;
    const old = { ...saved, continuation: { ...continued.continuation, expires_at: now() } };
    expect(await EnrolmentClient.resume(old, { issuers: [server.issuer], now })).toMatchObject({ next: "passkey" });
    await expect(continued.confirm("000000")).rejects.toMatchObject({ code: "number_wrong" });
    expect(await EnrolmentClient.resume(old, { issuers: [server.issuer], now })).toMatchObject({ next: "confirmation" });
  });
});

describe("what the app missed", () => {
  /** Saved before a step whose answer never came to be saved. */
  async function savedBefore(missed: string, options: Partial<BridgeOptions> = {}): Promise<SavedEnrolment> {
    let at: ResumedEnrolment = await open(options);
    for (;;) {
      if (at.next === "return" || at.next === "done") throw new Error("it was over");
      const saved = await at.save();
      const isMissed = at.next === missed;
      at = await step(at, missed === "confirmation" ? "browser" : "here");
      if (isMissed) return saved;
    }
  }

  test.each<[string, Partial<BridgeOptions>, object | string]>([
    ["claim", {}, "transaction_already_claimed"],
    ["statement", {}, "answer_lost"],
    ["signature", {}, { next: "signature" }],
    ["proof", {}, { next: "passkey" }],
    ["proof", { purpose: "step-up" }, { next: "done" }],
    ["proof", { purpose: "step-up", device: "same" }, "answer_lost"],
    ["passkey", {}, { next: "done" }],
    ["passkey", { device: "same" }, { next: "done" }],
    ["confirmation", {}, { next: "done" }],
  ])("%s, %j: %j", async (missed, options, expected) => {
    const saved = await savedBefore(missed, options);
    const resumed = EnrolmentClient.resume(saved, { issuers: [server.issuer] });
    // The claim's own answer, given once, is asked for by claiming again.
    if (missed === "claim") await expect(resumed.then((client) => step(client as Taken, "here"))).rejects.toMatchObject({ code: "answer_lost" });
    else if (typeof expected === "string") await expect(resumed).rejects.toMatchObject({ name: "EnrolmentError", code: expected });
    else expect(await resumed).toMatchObject(expected);
  });

  test.each([
    ["cancelled", "transaction_cancelled"],
    ["failed", "certificate_revoked"],
  ])("an enrolment that was %s meanwhile: %s", async (state, code) => {
    const saved = await (await (await open()).claim()).save();
    server.state = state;
    await expect(EnrolmentClient.resume(saved, { issuers: [server.issuer] })).rejects.toMatchObject({ name: "EnrolmentError", code });
  });

  test("a bridge that cannot be reached", async () => {
    const saved = await (await (await open()).claim()).save();
    const fetch = async (): Promise<Response> => Promise.reject(new TypeError("offline"));
    await expect(EnrolmentClient.resume(saved, { issuers: [server.issuer], fetch })).rejects.toMatchObject({ code: "network_error" });
  });

  test("checks that still run are waited for", async () => {
    const saved = await (await (await (await open({})).claim()).statement({ number: "42" })).save();
    server.state = "proving";
    await expect(EnrolmentClient.resume(saved, { issuers: [server.issuer], answerWithin: 0.5 })).rejects.toMatchObject({ code: "network_error" });
    setTimeout(() => (server.state = "proved"), 300);
    expect(await EnrolmentClient.resume(saved, { issuers: [server.issuer] })).toMatchObject({ next: "passkey" });
  });
});

describe("what was kept is read with care, and nothing is sent for what is wrong", () => {
  test.each<[string, (saved: Record<string, unknown>) => unknown, string]>([
    ["nothing", () => null, "saved_malformed"],
    ["a text", () => "saved", "saved_malformed"],
    ["another version", (saved) => ({ ...saved, version: 2 }), "saved_malformed"],
    ["another issuer", (saved) => ({ ...saved, issuer: "https://evil.example" }), "issuer_not_allowed"],
    ["a transaction that leads elsewhere", (saved) => ({ ...saved, transaction: "../x" }), "saved_malformed"],
    ["an unknown step", (saved) => ({ ...saved, step: "paid" }), "saved_malformed"],
    ["no request", (saved) => ({ ...saved, request: undefined }), "saved_malformed"],
    ["the request of another transaction", (saved) => ({ ...saved, transaction: "txn-2" }), "saved_malformed"],
    ["no statement", (saved) => ({ ...saved, statement: undefined }), "saved_malformed"],
    ["a statement for somebody else", (saved) => ({ ...saved, statement: { ...Object(saved["statement"]), client_host: "evil.example" } }), "saved_malformed"],
    ["no proof", (saved) => ({ ...saved, step: "signed" }), "saved_malformed"],
    ["a proof in another alphabet", (saved) => ({ ...saved, step: "signed", proof: { certificate: "+", signature: "AA" } }), "saved_malformed"],
    ["an unknown medium", (saved) => ({ ...saved, step: "signed", proof: { certificate: "AA", signature: "AA", device: { medium: "watch", approval: "pin" } } }), "saved_malformed"],
    ["no continuation", (saved) => ({ ...saved, step: "continued" }), "saved_malformed"],
    ["a continuation elsewhere", (saved) => ({ ...saved, step: "continued", continuation: { url: "https://evil.example", expires_at: 1 } }), "saved_malformed"],
    ["a secret that is none", (saved) => ({ ...saved, step: "opened", secret: "AA" }), "saved_malformed"],
    ["no key", (saved) => ({ ...saved, key: undefined }), "saved_malformed"],
    ["half a key", (saved) => ({ ...saved, key: { ...Object(saved["key"]), d: undefined } }), "saved_malformed"],
  ])("%s", async (_, change, code) => {
    const saved = await (await (await (await open()).claim()).statement({ number: "42" })).save();
    const steps = server.steps.length;
    await expect(EnrolmentClient.resume(change({ ...saved }), { issuers: [server.issuer] })).rejects.toMatchObject({ name: "EnrolmentError", code });
    expect(server.steps).toHaveLength(steps);
  });
});
