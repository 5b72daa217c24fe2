import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { JpkiApplet, type SelectOptions } from "../../src/applet/applet.ts";
import { imageOf, newKeyPair } from "../support/fixtures.ts";
import { FaultyTransport } from "../support/faulty-transport.ts";
import { SoftwareSecureElement } from "../../src/software/secure-element.ts";

let transport: FaultyTransport;
beforeEach(async () => {
  transport = new FaultyTransport(new SoftwareSecureElement(imageOf((await newKeyPair()).privateJwk)));
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

type Call = (applet: JpkiApplet) => Promise<unknown>;
const sign: Call = (applet) => applet.sign("authentication", new Uint8Array(32));
const verify: Call = (applet) => applet.verifyPin("authentication", "1234");
const read: Call = (applet) => applet.readCertificate("authentication");

// Each row: the call, which of its commands is never answered, and the seconds until it is given up.
test.each<[string, Call, number, number, SelectOptions]>([
  ["reading", read, 2, 5, {}],
  ["verifying a PIN", verify, 3, 5, {}],
  ["signing: the file", sign, 1, 5, {}],
  ["signing", sign, 2, 15, {}],
  ["reading, in less", read, 1, 0.5, { answerWithin: 0.5 }],
  ["signing, in less", sign, 2, 3, { answerWithin: 1, signWithin: 3 }],
])("%s", async (_, call, at, seconds, options) => {
  const applet = await JpkiApplet.select(transport, options);
  await applet.verifyPin("authentication", "1234");
  const begun = transport.position;
  transport.fault = ({ position, pass }) => (position === begun + at - 1 ? new Promise(() => undefined) : pass());
  const outcome = vi.fn();
  const ended = call(applet).then(outcome, (error: { code: string }) => outcome(error.code));
  await vi.advanceTimersByTimeAsync(seconds * 1000 - 1);
  expect(outcome).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  await ended;
  expect(outcome).toHaveBeenCalledExactlyOnceWith("timed_out");
  expect(vi.getTimerCount()).toBe(0);
});

test("no timer outlives its answer", async () => {
  const applet = await JpkiApplet.select(transport);
  await read(applet);
  expect(vi.getTimerCount()).toBe(0);
});
