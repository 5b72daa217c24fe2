import { describe, expect, test, vi } from "vitest";
import { utf8 } from "../../src/bytes.ts";
import { EnrolmentClient, type ResumedEnrolment } from "../../src/enrolment/enrolment-client.ts";
import { applet, type BridgeOptions, credential, openApplet, startServer } from "../support/enrolment-rig.ts";
import type { EnrolmentServer } from "../support/enrolment-server.ts";

let server: EnrolmentServer;

/** The step whose next request the network carries twice; the second answer is the one that arrives. */
let carriedTwice: string | null = null;
const network: typeof globalThis.fetch = async (url, init) => {
  const isTwice = carriedTwice !== null && String(url).endsWith(`/${carriedTwice}`);
  if (isTwice) carriedTwice = null;
  const answer = await globalThis.fetch(url, init);
  return isTwice ? globalThis.fetch(url, init) : answer;
};

async function open(options: Partial<BridgeOptions> = {}, answerWithin?: number): Promise<EnrolmentClient> {
  server = await startServer({ device: "same", ...options });
  return EnrolmentClient.open({ link: server.link, issuers: [server.issuer], answerWithin, fetch: network });
}

/** Takes the step that leads on. With `confirm` the passkey is made in the browser. */
async function step(at: ResumedEnrolment, signal: AbortSignal | undefined, last: string): Promise<ResumedEnrolment> {
  if (at.next === "claim") return at.claim({ signal });
  if (at.next === "statement") return at.statement({ number: "42", signal });
  if (at.next === "signature") return at.sign({ applet, pin: utf8("1234"), signal });
  if (at.next === "proof") return at.send({ signal });
  if (at.next === "confirmation") return at.confirm("123456", { signal });
  if (at.next !== "passkey") throw new Error("it was over");
  if (last === "continuation" || last === "confirm") return at.continuation({ signal });
  return at.createPasskey(async () => credential, { signal });
}

const stations = { claim: "claim", statement: "statement", sign: "signature", proof: "proof", "passkey/options": "passkey", passkey: "passkey", continuation: "passkey", confirm: "confirmation" };

async function goTo(name: keyof typeof stations, options: Partial<BridgeOptions> = {}, answerWithin?: number): Promise<ResumedEnrolment> {
  let at: ResumedEnrolment = await open(options, answerWithin);
  while (at.next !== stations[name]) at = await step(at, undefined, name);
  return at;
}

describe("aborted, the enrolment ends at once and the bridge is told", () => {
  const rows = Object.keys(stations) as (keyof typeof stations)[];

  test.each(rows)("before %s is sent", async (name) => {
    const at = await goTo(name);
    const sent = server.steps.length;
    await expect(step(at, AbortSignal.abort(), name)).rejects.toMatchObject({ name: "EnrolmentError", code: "cancelled" });
    if (name === "claim") return expect(server.steps).toEqual([]);
    await vi.waitFor(() => expect(server.state).toBe("cancelled"));
    expect(server.steps.slice(sent)).toEqual(["cancel"]);
  });

  test.each(rows.filter((name) => name !== "sign"))("while the answer to %s is awaited", async (name) => {
    const at = await goTo(name, { silent: new Set([name]) });
    const controller = new AbortController();
    const outcome = step(at, controller.signal, name);
    outcome.catch(() => undefined);
    await vi.waitFor(() => expect(server.steps.at(-1)).toBe(name));
    controller.abort();
    await expect(outcome).rejects.toMatchObject({ name: "EnrolmentError", code: "cancelled" });
    await vi.waitFor(() => expect(server.steps.at(-1)).toBe("cancel"));
  });

  test("while the passkey is made, which is told of it; what it still makes is not sent", async () => {
    const proved = await goTo("passkey");
    if (proved.next !== "passkey") throw new Error("a passkey was expected next");
    const controller = new AbortController();
    let finish = (): void => undefined;
    const seen: (AbortSignal | undefined)[] = [];
    const outcome = proved.createPasskey(async (_, { signal }) => {
      seen.push(signal);
      controller.abort();
      await new Promise<void>((resolve) => (finish = resolve));
      return credential;
    }, controller);
    await expect(outcome).rejects.toMatchObject({ code: "cancelled" });
    finish();
    await vi.waitFor(() => expect(server.state).toBe("cancelled"));
    expect(seen).toEqual([controller.signal]);
    expect(server.steps).not.toContain("passkey");
  });

  test.each(["verifyPin", "readCertificate", "sign"] as const)("before %s is through, and the PIN is overwritten", async (method) => {
    const stated = await goTo("sign");
    if (stated.next !== "signature") throw new Error("a signature was expected next");
    const controller = new AbortController();
    const fresh = await openApplet();
    const spy = vi.spyOn(fresh, method).mockImplementation(() => {
      controller.abort();
      return new Promise<never>(() => undefined);
    });
    const pin = utf8("1234");
    await expect(stated.prove({ applet: fresh, pin, signal: controller.signal })).rejects.toMatchObject({ name: "EnrolmentError", code: "cancelled" });
    expect(spy).toHaveBeenCalledOnce();
    expect(pin).toEqual(new Uint8Array(4));
    expect(server.proofs).toEqual([]);
    await vi.waitFor(() => expect(server.state).toBe("cancelled"));
  });

  test("a bridge that cannot be told does no harm, and it is told once", async () => {
    const claimed = await goTo("statement", { planned: { cancel: { status: 500, body: {} } } });
    if (claimed.next !== "statement") throw new Error("a statement was expected next");
    const signal = AbortSignal.abort();
    await expect(claimed.statement({ signal })).rejects.toMatchObject({ code: "cancelled" });
    await expect(claimed.status({ signal })).rejects.toMatchObject({ code: "cancelled" });
    await expect(claimed.giveUp()).resolves.toBeUndefined();
    expect(server.steps).toEqual(["claim", "cancel"]);
  });

  test("giving up twice is no error, cancelling twice is none either", async () => {
    const claimed = await goTo("statement");
    if (claimed.next !== "statement") throw new Error("a statement was expected next");
    await claimed.cancel();
    await claimed.cancel();
    await claimed.giveUp();
    expect(server.state).toBe("cancelled");
  });
});

// Each row: a step whose answer is lost after the bridge took it, and what taking it again comes to.
describe("an answer that is lost", () => {
  test.each<[keyof typeof stations, Partial<BridgeOptions>, string | { next: string }]>([
    ["claim", {}, "answer_lost"],
    ["statement", {}, "answer_lost"],
    ["statement", { device: "other" }, "answer_lost"],
    ["proof", {}, { next: "passkey" }],
    ["proof", { purpose: "step-up", device: "other" }, { next: "done" }],
    ["proof", { purpose: "step-up" }, "answer_lost"],
    ["passkey/options", {}, { next: "return" }],
    ["passkey", {}, { next: "done" }],
    ["passkey", { device: "other" }, { next: "done" }],
    ["continuation", {}, { next: "confirmation" }],
    ["confirm", {}, { next: "done" }],
  ])("of %s, %j: %j", async (name, options, expected) => {
    const at = await goTo(name, { ...options, lost: new Set([name]) });
    await expect(step(at, undefined, name)).rejects.toMatchObject({ name: "EnrolmentError", code: "network_error" });
    const again = step(at, undefined, name);
    if (typeof expected === "string") await expect(again).rejects.toMatchObject({ name: "EnrolmentError", code: expected });
    else expect(await again).toMatchObject(expected);
    expect(new Set(server.proofs.map(({ signature }) => signature)).size).toBe(["claim", "statement"].includes(name) ? 0 : 1);
  });

  test("of the proof: there is one signature, and no PIN is presented again", async () => {
    const stated = await goTo("sign", { planned: { proof: { status: 502, body: "" } } });
    if (stated.next !== "signature") throw new Error("a signature was expected next");
    const sign = vi.spyOn(applet, "sign");
    const present = vi.spyOn(applet, "verifyPin");
    const pins = [utf8("1234"), utf8("9999"), utf8("1234")];
    await Promise.all(pins.slice(0, 2).map((pin) => expect(stated.prove({ applet, pin })).rejects.toMatchObject({ code: "network_error" })));
    await expect(stated.prove({ applet, pin: pins[2] ?? "" })).rejects.toMatchObject({ code: "network_error" });
    expect(sign).toHaveBeenCalledOnce();
    expect(present).toHaveBeenCalledOnce();
    expect(pins).toEqual([new Uint8Array(4), new Uint8Array(4), new Uint8Array(4)]);
    vi.restoreAllMocks();
  });
});

// Each row: a step whose request is carried twice, and what comes of it though the DPoP proof counted for the first.
test.each<[keyof typeof stations, Partial<BridgeOptions>, string | { next: string }]>([
  ["claim", {}, "answer_lost"],
  ["statement", {}, "answer_lost"],
  ["proof", {}, { next: "passkey" }],
  ["passkey/options", {}, { next: "return" }],
  ["passkey", {}, { next: "done" }],
  ["continuation", {}, { next: "confirmation" }],
  ["confirm", {}, { next: "done" }],
])("a request carried twice: %s, %j: %j", async (name, options, expected) => {
  const at = await goTo(name, options);
  carriedTwice = name;
  const outcome = step(at, undefined, name);
  if (typeof expected === "string") await expect(outcome).rejects.toMatchObject({ name: "EnrolmentError", code: expected });
  else expect(await outcome).toMatchObject(expected);
  expect(carriedTwice).toBeNull();
});

test("whether a claim was this device's own cannot be asked for: the network's matter, not another device's", async () => {
  const client = await open({ lost: new Set(["claim"]), planned: { status: { status: 502, body: "" } } });
  await expect(client.claim()).rejects.toMatchObject({ code: "network_error" });
  await expect(client.claim()).rejects.toMatchObject({ code: "network_error" });
});

describe("a bridge that does not answer", () => {
  test.each(["claim", "statement", "proof", "passkey", "continuation", "confirm"] as const)("%s ends in time", async (name) => {
    const at = await goTo(name, { silent: new Set([name]) }, 0.2);
    await expect(step(at, undefined, name)).rejects.toMatchObject({ name: "EnrolmentError", code: "network_error" });
  });

  test("nor does a fetch that heeds no signal hang", async () => {
    server = await startServer({ device: "same" });
    const client = await EnrolmentClient.open({ link: server.link, issuers: [server.issuer], fetch: () => new Promise(() => undefined), answerWithin: 0.05 });
    await expect(client.claim()).rejects.toMatchObject({ code: "network_error" });
  });
});
