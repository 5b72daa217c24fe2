import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { AppletError, type AppletErrorCode } from "../../src/applet/applet-error.ts";
import { JpkiApplet } from "../../src/applet/applet.ts";
import { utf8 } from "../../src/bytes.ts";
import { SoftwareSecureElement } from "../../src/software/secure-element.ts";
import { TransportError, type TransportErrorCode } from "../../src/transports/transport-error.ts";
import { ApprovalRig, type RigOptions } from "../support/approval-rig.ts";
import { RemovableCard } from "../support/removable-card.ts";
import { imageOf, newKeyPair, type KeyPair } from "../support/fixtures.ts";

let pair: KeyPair;
let rig: ApprovalRig;
beforeAll(async () => {
  pair = await newKeyPair();
});
afterEach(() => rig.server.close());

const start = async (options?: RigOptions): Promise<ApprovalRig> => (rig = await ApprovalRig.start(pair, options));
const triesLeft = (): number | null => rig.element.counters().authentication;

describe("the PIN", () => {
  test("wrong ones are counted, the last try is warned of and not spent unasked, and the right one goes on", async () => {
    await start();
    await rig.goTo("approval");
    await rig.flow.enterPin(utf8("12a4"));
    expect(rig.flow.state).toMatchObject({ step: "approval", problem: "pin_malformed", triesLeft: 3, lastTry: false });
    await rig.flow.enterPin(utf8("0000"));
    expect(rig.flow.state).toMatchObject({ step: "approval", problem: "pin_wrong", triesLeft: 2, lastTry: false });
    // Consent to the last try before it is the last is none.
    await rig.flow.enterPin(utf8("0001"), { spendLastTry: true });
    expect(rig.flow.state).toMatchObject({ step: "approval", problem: "pin_wrong", triesLeft: 1, lastTry: true });
    await rig.flow.enterPin(utf8("1234"));
    expect(rig.flow.state).toMatchObject({ step: "approval", problem: "pin_last_try", triesLeft: 1, lastTry: true });
    expect(triesLeft()).toBe(1);
    await rig.flow.enterPin(utf8("1234"), { spendLastTry: true });
    expect(rig.flow.state.step).toBe("passkey");
    expect(triesLeft()).toBe(3);
  });

  test.each([
    ["smartphone", "issuing_app"],
    ["card", "municipal_office"],
  ] as const)("blocked by the last try, on a %s: %s; another one goes on", async (medium, remedy) => {
    const elements = [new SoftwareSecureElement(imageOf(pair.privateJwk, { authentication: { triesLeft: 1 } })), new SoftwareSecureElement(imageOf(pair.privateJwk))];
    await start({ options: { medium, connect: async () => JpkiApplet.select(elements[0] ?? rig.element) } });
    await rig.goTo("approval");
    if (medium === "card") {
      await rig.flow.enterPin(utf8("1234"), { spendLastTry: true });
      expect(rig.flow.state).toMatchObject({ problem: "pin_last_try" });
    }
    expect(rig.flow.state).toMatchObject({ step: "approval", lastTry: true, triesLeft: 1 });
    await rig.flow.enterPin(utf8("0000"), { spendLastTry: true });
    expect(rig.flow.state).toMatchObject({ step: "pin_blocked", remedy });
    elements.shift();
    await rig.flow.useAnother();
    expect(rig.flow.state).toMatchObject({ step: "approval", problem: null, lastTry: false });
    await rig.goTo("completed");
  });

  test("blocked before it was asked for", async () => {
    await start({ triesLeft: 0 });
    expect(await rig.goTo("pin_blocked")).toMatchObject({ remedy: "issuing_app" });
  });
});

describe("another card", () => {
  test("put there while the PIN is typed once more: it is asked for that PIN", async () => {
    const card = new RemovableCard(new SoftwareSecureElement(imageOf(pair.privateJwk)));
    const connect = vi.fn(async () => JpkiApplet.select(card));
    await start({ options: { medium: "card", connect } });
    await rig.goTo("approval");
    await rig.flow.enterPin(utf8("0000"));
    expect(rig.flow.state).toMatchObject({ problem: "pin_wrong", triesLeft: 2 });
    await card.remove();
    await card.insert();
    await rig.flow.enterPin(utf8("1234"));
    expect(rig.flow.state.step).toBe("passkey");
    expect(connect).toHaveBeenCalledTimes(2);
  });

  test("put there unnoticed, which has selected nothing: the next try selects it", async () => {
    const cards = [new SoftwareSecureElement(imageOf(pair.privateJwk)), new SoftwareSecureElement(imageOf(pair.privateJwk))];
    const reader = { transmit: async (command: Uint8Array) => (cards[0] ?? rig.element).transmit(command) };
    await start({ options: { medium: "card", connect: async () => JpkiApplet.select(reader) } });
    await rig.goTo("approval");
    await rig.flow.enterPin(utf8("0000"));
    cards.shift();
    await rig.flow.enterPin(utf8("1234"));
    expect(rig.flow.state).toMatchObject({ step: "approval", problem: "unexpected_status" });
    await rig.flow.enterPin(utf8("1234"));
    expect(rig.flow.state.step).toBe("passkey");
  });
});

describe("biometrics", () => {
  const releasing = (pin: string) => vi.fn<() => Promise<Uint8Array>>(async () => utf8(pin));

  test("release the PIN for what the person was shown; the buffer is overwritten and the bridge is told", async () => {
    const released = utf8("1234");
    const releasePin = vi.fn(async () => released);
    await start({ options: { releasePin } });
    const { request } = await rig.goTo("approval");
    await rig.flow.approveByBiometrics();
    expect(rig.flow.state.step).toBe("passkey");
    expect(releasePin).toHaveBeenCalledExactlyOnceWith(request, { signal: expect.any(AbortSignal) });
    expect(released).toEqual(new Uint8Array(4));
    expect(rig.states.map((state) => "progress" in state && state.progress)).toContain("awaiting_biometrics");
    expect(rig.server.proofs).toMatchObject([{ device: { medium: "smartphone", approval: "biometric" } }]);
  });

  test.each<[string, () => Promise<Uint8Array>]>([
    ["reject", async () => Promise.reject(new Error("no match for 1234"))],
    ["throw at once", () => { throw new Error("no match for 1234"); }],
    ["release nothing", async () => null as never],
  ])("that %s leave the PIN to be typed", async (_, releasePin) => {
    await start({ options: { releasePin } });
    await rig.goTo("approval");
    await rig.flow.approveByBiometrics();
    expect(rig.flow.state).toMatchObject({ step: "approval", problem: "pin_not_released", canUseBiometrics: true, triesLeft: 3 });
    await rig.goTo("passkey");
    expect(JSON.stringify(rig.states)).not.toContain("1234");
  });

  test("that release after the person has cancelled are told so, and what they release is overwritten unused", async () => {
    let release: (pin: Uint8Array) => void = () => undefined;
    const signals: AbortSignal[] = [];
    await start({ options: { releasePin: async (_, { signal }) => (signals.push(signal), new Promise((resolve) => (release = resolve))) } });
    await rig.goTo("approval");
    const approval = rig.flow.approveByBiometrics();
    await vi.waitFor(() => expect(signals).toHaveLength(1));
    await rig.flow.cancel();
    await approval;
    expect(signals[0]?.aborted).toBe(true);
    const late = utf8("1234");
    release(late);
    await vi.waitFor(() => expect(late).toEqual(new Uint8Array(4)));
    expect(rig.flow.state).toEqual({ step: "cancelled" });
    expect(rig.server.proofs).toEqual([]);
    expect(triesLeft()).toBe(3);
  });

  test.each([
    ["wrong", "0000", "pin_wrong", 2],
    ["malformed", "12345", "pin_malformed", 3],
  ])("that release a %s PIN are not asked again", async (_, pin, problem, left) => {
    const releasePin = releasing(pin);
    await start({ options: { releasePin } });
    await rig.goTo("approval");
    await rig.flow.approveByBiometrics();
    expect(rig.flow.state).toMatchObject({ step: "approval", problem, canUseBiometrics: false });
    await rig.flow.approveByBiometrics();
    expect(releasePin).toHaveBeenCalledOnce();
    expect(triesLeft()).toBe(left);
  });

  test("do not spend the last try unasked, nor release a PIN for it", async () => {
    const releasePin = releasing("1234");
    await start({ options: { releasePin }, triesLeft: 1 });
    expect(await rig.goTo("approval")).toMatchObject({ lastTry: true });
    await rig.flow.approveByBiometrics();
    expect(rig.flow.state).toMatchObject({ problem: "pin_last_try" });
    expect(releasePin).not.toHaveBeenCalled();
    await rig.flow.approveByBiometrics({ spendLastTry: true });
    expect(rig.flow.state.step).toBe("passkey");
  });
});

// What goes wrong before there is a signature: it is shown, nothing was sent, and it may be tried again.
describe("card and applet", () => {
  const transportCodes: Record<TransportErrorCode, true> = {
    card_absent: true, card_removed: true, reader_unavailable: true, timed_out: true, connection_closed: true, cancelled: true, protocol_error: true,
  };
  const appletCodes: Record<Exclude<AppletErrorCode, "pin_blocked">, true> = {
    pin_malformed: true, pin_wrong: true, pin_last_try: true, applet_not_found: true, wrong_card: true, certificate_absent: true, file_not_found: true,
    security_status_not_satisfied: true, digest_malformed: true, file_malformed: true, unexpected_status: true,
  };
  const errors = [
    ...Object.keys(transportCodes).map((code) => [code, new TransportError(code as TransportErrorCode)] as const),
    ...Object.keys(appletCodes).map((code) => [code, new AppletError(code as AppletErrorCode)] as const),
    ["connection_failed", new TypeError("something of the app's own, 1234")] as const,
  ];

  test.each(errors)("%s", async (problem, error) => {
    let isBroken = true;
    const connect = async (): Promise<JpkiApplet> => (isBroken ? Promise.reject(error) : JpkiApplet.select(rig.element));
    await start({ options: { connect, medium: "card" } });
    await rig.goTo("approval");
    const pin = utf8("1234");
    await rig.flow.enterPin(pin);
    expect(rig.flow.state).toMatchObject({ step: "approval", problem, lastTry: false });
    expect(pin).toEqual(new Uint8Array(4));
    expect(rig.server.steps).not.toContain("proof");
    isBroken = false;
    await rig.goTo("completed");
  });

  test.each(["smartphone", "card"] as const)("a card that goes while it signs is selected anew (%s)", async (medium) => {
    const connect = vi.fn(async () => JpkiApplet.select(rig.element));
    await start({ options: { connect, medium } });
    await rig.goTo("approval");
    vi.spyOn(rig.element, "transmit").mockRejectedValue(new TransportError("card_removed"));
    await rig.flow.enterPin(utf8("1234"));
    expect(rig.flow.state).toMatchObject({ step: "approval", problem: "card_removed", triesLeft: null, lastTry: false });
    vi.restoreAllMocks();
    const connections = connect.mock.calls.length;
    await rig.flow.enterPin(utf8("1234"));
    expect(rig.flow.state.step).toBe("passkey");
    expect(connect.mock.calls.length).toBe(connections + 1);
  });
});

test("no PIN is in any state, error, saved enrolment or request of a whole run", async () => {
  const fetched: string[] = [];
  const fetch: typeof globalThis.fetch = async (url, init) => {
    fetched.push(String(init?.body));
    return globalThis.fetch(url, init);
  };
  const digits = ["1234", "7391", "7392"];
  let isFirst = true;
  const releasePin = async (): Promise<Uint8Array> => {
    if (isFirst) throw new Error("the held PIN 7391 is no longer valid");
    return utf8("1234");
  };
  await start({ options: { releasePin, fetch } });
  const saved: unknown[] = [];
  rig.flow.subscribe(() => void rig.flow.save().then((enrolment) => saved.push(enrolment)));
  await rig.goTo("approval");
  await rig.flow.approveByBiometrics();
  isFirst = false;
  await rig.flow.enterPin(utf8("7391"));
  await rig.flow.enterPin(utf8("7392"));
  await rig.flow.approveByBiometrics({ spendLastTry: true });
  await rig.goTo("completed");
  // Long texts in base64url hold any four digits sooner or later: those that are keys, nonces and signatures are left out.
  const all = JSON.stringify([rig.states, saved, fetched]).replaceAll(/[\w-]{40,}|\d{10}/gu, "");
  expect(all).toContain("pin_wrong");
  for (const pin of digits) expect(all).not.toContain(pin);
});
