import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { utf8 } from "../../src/bytes.ts";
import { ApprovalRig, type RigOptions } from "../support/approval-rig.ts";
import { newKeyPair, type KeyPair } from "../support/fixtures.ts";

let pair: KeyPair;
let rig: ApprovalRig;
beforeAll(async () => {
  pair = await newKeyPair();
});
afterEach(() => rig.server.close());

const start = async (options?: RigOptions): Promise<ApprovalRig> => (rig = await ApprovalRig.start(pair, options));

/** What a person saw, in short. */
const seen = (): string[] => rig.states.map((state) => (state.step === "working" ? state.progress : state.step));

describe("the journey", () => {
  test("with the browser on another device", async () => {
    await start();
    const { request } = await rig.at("consent");
    expect(request).toMatchObject({ client_name: "カフェ", client_host: "shop.example", purpose: "enrol", expires_at: expect.any(Number) });
    await rig.flow.agree();
    expect(rig.flow.state).toEqual({ step: "number", request, triesLeft: null, problem: null });
    await rig.flow.enterNumber("42");
    expect(rig.flow.state).toEqual({ step: "approval", request, canUseBiometrics: false, triesLeft: 3, lastTry: false, problem: null });
    await rig.flow.enterPin(utf8("1234"));
    expect(rig.flow.state).toEqual({ step: "passkey", request, canCreate: true, problem: null });
    await rig.flow.createPasskey();
    expect(rig.flow.state).toEqual({ step: "completed", outcome: { next: "done" } });
    const asked = ["contacting_bridge", "consent", "number", "contacting_bridge", "reading_card", "approval"];
    const approved = ["reading_card", "reading_card", "signing", "sending", "passkey", "creating_passkey", "completed"];
    expect(seen().slice(-asked.length - approved.length)).toEqual([...asked, ...approved]);
    expect(rig.server.proofs).toMatchObject([{ device: { medium: "smartphone", approval: "pin" } }]);
  });

  test("on one device no number is asked for, and the browser goes on", async () => {
    await start({ server: { device: "same" } });
    await rig.goTo("completed");
    expect(seen()).not.toContain("number");
    expect(rig.flow.state).toMatchObject({ outcome: { next: "return", return_url: `${rig.server.issuer}/return#code` } });
  });

  test("a step-up ends with the proof", async () => {
    await start({ server: { purpose: "step-up" } });
    await rig.goTo("completed");
    expect(seen()).not.toContain("passkey");
  });

  test("the passkey is made in the browser where the app cannot", async () => {
    await start({ options: { createCredential: undefined } });
    expect(await rig.goTo("passkey")).toMatchObject({ canCreate: false });
    await rig.flow.createPasskey();
    expect(rig.flow.state.step).toBe("passkey");
    await rig.flow.continueInBrowser();
    expect(await rig.at("confirmation")).toMatchObject({ continuation: { url: `${rig.server.issuer}/continue#secret` }, problem: null });
    await rig.flow.continueInBrowser();
    await rig.flow.confirm("12345");
    expect(rig.flow.state).toMatchObject({ step: "confirmation", problem: "number_malformed", triesLeft: null });
    await rig.flow.confirm("654321");
    expect(rig.flow.state).toMatchObject({ step: "confirmation", problem: "number_wrong", triesLeft: 2 });
    // The passkey is made: there is nothing to do in the browser any more, and it is still to be confirmed.
    await rig.flow.continueInBrowser();
    expect(rig.flow.state).toMatchObject({ step: "confirmation", problem: "number_wrong", triesLeft: 2 });
    await rig.flow.confirm("123456");
    expect(rig.flow.state.step).toBe("completed");
  });

  test("a card is not asked for its tries before it is held to the phone", async () => {
    const connect = vi.fn<() => Promise<never>>();
    await start({ options: { medium: "card", connect } });
    expect(await rig.goTo("approval")).toMatchObject({ triesLeft: null, lastTry: false });
    expect(connect).not.toHaveBeenCalled();
  });
});

describe("the number", () => {
  test("may be typed again while there are tries, of which the state tells", async () => {
    await start();
    await rig.goTo("number");
    await rig.flow.enterNumber("4");
    expect(rig.flow.state).toMatchObject({ step: "number", problem: "number_malformed", triesLeft: null });
    await rig.flow.enterNumber("41");
    expect(rig.flow.state).toMatchObject({ step: "number", problem: "number_wrong", triesLeft: 2 });
    await rig.flow.enterNumber("40");
    expect(rig.flow.state).toMatchObject({ step: "number", problem: "number_wrong", triesLeft: 1 });
    await rig.flow.enterNumber("42");
    expect(rig.flow.state.step).toBe("approval");
  });

  test("after the last one it is over", async () => {
    const exhausted = { status: 403, body: { error: "number_attempts_exhausted", error_description: "Too many.", attempts_left: 0 } };
    await start({ server: { planned: { statement: exhausted } } });
    await rig.goTo("number");
    await rig.flow.enterNumber("41");
    expect(rig.flow.state).toEqual({ step: "failed", code: "number_attempts_exhausted", description: "Too many.", retryAfter: null, retry: false });
  });
});

describe("the state", () => {
  test("what does not belong to it does nothing, and a button pressed twice does no harm", async () => {
    await start({ server: { device: "same" } });
    await rig.at("consent");
    const { flow } = rig;
    const pin = utf8("1234");
    await Promise.all([flow.enterNumber("42"), flow.enterPin(pin), flow.approveByBiometrics(), flow.useAnother(), flow.createPasskey(), flow.continueInBrowser(), flow.confirm("123456"), flow.retry()]);
    expect(flow.state.step).toBe("consent");
    expect(pin).toEqual(new Uint8Array(4));
    await Promise.all([flow.agree(), flow.agree()]);
    await Promise.all([flow.enterPin(utf8("1234")), flow.enterPin(utf8("1234"))]);
    await Promise.all([flow.createPasskey(), flow.createPasskey()]);
    expect(flow.state.step).toBe("completed");
    expect(rig.server.steps).toEqual(["claim", "statement", "proof", "passkey/options", "passkey"]);
  });

  test("what is done while something else is under way does nothing, also where nothing had to be waited for", async () => {
    await start({ triesLeft: 1 });
    const { flow } = rig;
    flow.subscribe((state) => {
      if (state.step === "number") void flow.enterNumber("42");
    });
    await rig.at("consent");
    await Promise.all([flow.agree(), flow.agree()]);
    await rig.at("approval");
    expect(rig.server.steps.filter((step) => step === "statement")).toHaveLength(1);
    const pins = [utf8("1234"), utf8("1234")] as const;
    await Promise.all([flow.enterPin(pins[0]), flow.enterPin(pins[1], { spendLastTry: true })]);
    expect(flow.state).toMatchObject({ step: "approval", problem: "pin_last_try" });
    expect(pins).toEqual([new Uint8Array(4), new Uint8Array(4)]);
  });

  test("a listener that acts at once leaves no other with a state that is over", async () => {
    await start();
    const { flow } = rig;
    flow.subscribe((state) => {
      if (state.step === "consent") void flow.agree();
    });
    flow.subscribe((state) => {
      if (state.step === "number") void flow.enterNumber("42");
    });
    const stale: string[] = [];
    flow.subscribe((state) => {
      if (state !== flow.state) stale.push(state.step);
    });
    await rig.at("approval");
    expect(stale).toEqual([]);
  });

  test("who has unsubscribed hears nothing more", async () => {
    await start();
    const listener = vi.fn<() => void>();
    const unsubscribe = rig.flow.subscribe(listener);
    await rig.at("consent");
    const heard = listener.mock.calls.length;
    unsubscribe();
    await rig.goTo("completed");
    expect(listener).toHaveBeenCalledTimes(heard);
  });
});
