import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { ApprovalState } from "../../src/approval/index.ts";
import { utf8 } from "../../src/bytes.ts";
import { ApprovalRig, credential, type RigOptions } from "../support/approval-rig.ts";
import type { Planned } from "../support/enrolment-server.ts";
import { newKeyPair, type KeyPair } from "../support/fixtures.ts";

let pair: KeyPair;
let rig: ApprovalRig;
beforeAll(async () => {
  pair = await newKeyPair();
});
afterEach(() => rig.server.close());

const start = async (options?: RigOptions): Promise<ApprovalRig> => (rig = await ApprovalRig.start(pair, options));
const refusal = (status: number, error: string, headers: Record<string, string> = {}): Planned => ({ status, body: { error, error_description: `words for ${error}` }, headers });

const stations = ["consent", "number", "approval", "passkey", "confirmation"] as const;

describe("cancel", () => {
  test.each(stations)("at %s", async (step) => {
    await start();
    await rig.goTo(step);
    await rig.flow.cancel();
    expect(rig.flow.state).toEqual({ step: "cancelled" });
    expect(rig.server.state).toBe("cancelled");
    expect(await rig.flow.save()).toBeNull();
    await rig.flow.cancel();
    expect(rig.server.steps.filter((sent) => sent === "cancel")).toHaveLength(1);
  });

  test.each(["claim", "statement", "proof", "passkey/options", "passkey", "continuation", "confirm"])("while %s is under way", async (sent) => {
    await start({ server: { silent: new Set([sent]) } });
    void rig.goTo(sent.startsWith("passkey") ? "completed" : "confirmation").catch(() => undefined);
    if (sent === "confirm") void rig.at("confirmation").then(() => rig.flow.confirm("123456"));
    await vi.waitFor(() => expect(rig.server.steps).toContain(sent));
    await rig.flow.cancel();
    expect(rig.flow.state).toEqual({ step: "cancelled" });
    await vi.waitFor(() => expect(rig.server.steps.at(-1)).toBe("cancel"));
    const states = rig.states.length;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(rig.states).toHaveLength(states);
  });

  test("while the card is waited for, and the PIN is overwritten", async () => {
    const signals: AbortSignal[] = [];
    await start({ options: { medium: "card", connect: async ({ signal }) => (signals.push(signal), new Promise(() => undefined)) } });
    await rig.goTo("approval");
    const pin = utf8("1234");
    const entered = rig.flow.enterPin(pin);
    await rig.flow.cancel();
    await entered;
    expect(signals[0]?.aborted).toBe(true);
    expect(pin).toEqual(new Uint8Array(4));
    expect(rig.server.state).toBe("cancelled");
  });

  test("while the platform makes the passkey", async () => {
    let finish = (): void => undefined;
    await start({ options: { createCredential: async () => (await new Promise<void>((resolve) => (finish = resolve)), credential) } });
    await rig.goTo("passkey");
    const created = rig.flow.createPasskey();
    await vi.waitFor(() => expect(rig.server.steps).toContain("passkey/options"));
    await rig.flow.cancel();
    finish();
    await created;
    expect(rig.flow.state).toEqual({ step: "cancelled" });
    expect(rig.server.steps).not.toContain("passkey");
  });

  test("what is complete stays so", async () => {
    await start();
    await rig.goTo("completed");
    await rig.flow.cancel();
    expect(rig.flow.state.step).toBe("completed");
    expect(rig.server.steps).not.toContain("cancel");
  });
});

describe("the app is restarted", () => {
  test.each(stations)("at %s", async (step) => {
    await start();
    const before = await rig.goTo(step);
    const saved = await rig.flow.save();
    if (saved === null) throw new Error("something was to be saved");
    rig.restart(saved);
    // Whether the person had agreed is not kept: they are shown once more who asks.
    const after = await rig.at(step === "number" ? "consent" : step);
    expect("request" in after && after.request).toEqual("request" in before && before.request);
    await rig.goTo("completed");
    expect(rig.server.proofs).toHaveLength(1);
  });

  test("at confirmation: the page in the browser may have gone, too, and can be had anew", async () => {
    await start();
    await rig.goTo("confirmation");
    const saved = await rig.flow.save();
    if (saved === null) throw new Error("something was to be saved");
    rig.restart(saved);
    await rig.at("confirmation");
    await rig.flow.continueInBrowser();
    expect(rig.server.steps.filter((step) => step === "continuation")).toHaveLength(2);
    await rig.goTo("completed");
  });

  test("between signature and answer: the proof that was made is sent", async () => {
    await start({ server: { lost: new Set(["proof"]) } });
    const sign = vi.spyOn(rig.element, "transmit");
    expect(await rig.goTo("failed").catch(() => rig.flow.state)).toMatchObject({ code: "network_error", retry: true });
    const saved = await rig.flow.save();
    if (saved === null) throw new Error("something was to be saved");
    sign.mockClear();
    rig.restart(saved);
    await rig.at("passkey");
    expect(sign).not.toHaveBeenCalled();
  });

  test("without reception: what was saved is still there, and it may be tried again", async () => {
    await start();
    await rig.goTo("approval");
    const saved = await rig.flow.save();
    if (saved === null) throw new Error("something was to be saved");
    const fetch = vi.fn(globalThis.fetch).mockRejectedValueOnce(new TypeError("offline"));
    Object.assign(rig.options, { fetch });
    rig.restart(saved);
    expect(await rig.at("failed")).toMatchObject({ code: "network_error", retry: true });
    expect(await rig.flow.save()).toEqual(saved);
    await rig.flow.retry();
    expect(rig.flow.state.step).toBe("approval");
  });

  test("with something else than was saved", async () => {
    await start();
    await rig.goTo("consent");
    rig.restart({} as never);
    expect(await rig.at("failed")).toMatchObject({ code: "saved_malformed", retry: false });
    expect(await rig.flow.save()).toBeNull();
  });
});

// Each row: the step that is refused, how, and what the person is shown.
describe("what the bridge refuses", () => {
  const over = ["transaction_unknown", "transaction_expired", "transaction_cancelled", "transaction_already_claimed", "claim_secret_wrong", "device_key_mismatch", "device_proof_invalid", "device_proof_used", "transaction_too_many", "internal_error", "a_code_of_a_later_version"];
  const ofProof = ["challenge_used", "proof_invalid", "proof_algorithm_refused", "certificate_revoked", "certificate_on_hold", "certificate_expired", "certificate_not_accepted", "status_unavailable", "person_mismatch", "person_on_hold", "person_erased"];
  const ofPasskey = ["passkey_challenge_unknown", "passkey_response_invalid", "passkey_origin_mismatch", "passkey_user_verification_missing", "passkey_already_registered"];
  test.each<[string, string, Partial<ApprovalState>]>([
    ...over.map((code) => ["claim", code, { step: "failed", code, retry: false }] as [string, string, Partial<ApprovalState>]),
    ...["statement_mismatch", "number_attempts_exhausted"].map((code) => ["statement", code, { step: "failed", code, retry: false }] as [string, string, Partial<ApprovalState>]),
    ...ofProof.map((code) => ["proof", code, { step: "failed", code, retry: false }] as [string, string, Partial<ApprovalState>]),
    ...ofPasskey.map((code) => ["passkey", code, { step: "passkey", problem: code }] as [string, string, Partial<ApprovalState>]),
    ["passkey", "transaction_expired", { step: "failed", code: "transaction_expired", retry: false }],
    ["confirm", "number_attempts_exhausted", { step: "failed", code: "number_attempts_exhausted", retry: false }],
    ["confirm", "transaction_wrong_state", { step: "confirmation", problem: "passkey_not_made_yet" }],
    ...["rate_limited", "service_unavailable"].flatMap((code) =>
      ["claim", "statement", "proof", "passkey", "confirm"].map((step) => [step, code, { step: "failed", code, retry: true, retryAfter: 7 }] as [string, string, Partial<ApprovalState>]),
    ),
  ])("%s: %s", async (step, code, shown) => {
    const planned: Partial<Record<string, Planned>> = { [step]: refusal(400, code, { "retry-after": "7" }) };
    await start({ server: { planned } });
    await (step === "confirm" ? rig.goTo("confirmation").then(() => rig.flow.confirm("123456")) : goAsFarAs(step));
    const state = await vi.waitFor(() => (expect(rig.flow.state).toMatchObject(shown), rig.flow.state));
    if (state.step !== "failed") return;
    expect(state.description).toBe(`words for ${code}`);
    if (!state.retry) return vi.waitFor(() => expect(rig.server.steps.at(-1)).toBe("cancel"));
    delete planned[step];
    await rig.flow.retry();
    await rig.goTo("completed");
  });

  async function goAsFarAs(step: string): Promise<void> {
    if (step === "claim") return;
    await rig.goTo("number");
    await rig.flow.enterNumber("42");
    if (step === "statement") return;
    await rig.flow.enterPin(utf8("1234"));
    if (step === "passkey") await rig.flow.createPasskey();
  }
});

test("a purpose that takes both PINs is refused before either is asked for, and the bridge is told", async () => {
  await start({ server: { purpose: "attributes" } });
  expect(await rig.at("failed")).toMatchObject({ code: "purpose_unsupported", retry: false });
  expect(rig.server.steps).not.toContain("statement");
  await vi.waitFor(() => expect(rig.server.state).toBe("cancelled"));
});

test.each<[string, string, string]>([
  ["a link that is none", "https://app.example/", "link_malformed"],
  ["a link of another issuer", `https://app.example/#iss=https://evil.example&txn=t&secret=${"A".repeat(43)}`, "issuer_not_allowed"],
])("%s: %s", async (_, link, code) => {
  await start();
  const { ApprovalFlow } = await import("../../src/approval/index.ts");
  const flow = ApprovalFlow.start(link, rig.options);
  await vi.waitFor(() => expect(flow.state).toMatchObject({ step: "failed", code, retry: false, description: null }));
});

test("a passkey that the platform does not make may be tried again", async () => {
  const createCredential = vi.fn(async () => credential).mockRejectedValueOnce(new DOMException("no", "NotAllowedError"));
  await start({ options: { createCredential } });
  await rig.goTo("passkey");
  await rig.flow.createPasskey();
  expect(rig.flow.state).toMatchObject({ step: "passkey", problem: "passkey_not_created" });
  await rig.flow.createPasskey();
  expect(rig.flow.state.step).toBe("completed");
});

test("an answer that is none of the protocol ends it, and the bridge is told", async () => {
  await start({ server: { tamper: (step, answer) => (step === "statement" ? {} : answer) } });
  await rig.goTo("number");
  await rig.flow.enterNumber("42");
  expect(rig.flow.state).toMatchObject({ step: "failed", code: "answer_malformed", retry: false });
  await vi.waitFor(() => expect(rig.server.state).toBe("cancelled"));
});
