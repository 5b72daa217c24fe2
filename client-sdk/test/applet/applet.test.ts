import { beforeAll, describe, expect, test, vi } from "vitest";
import { JpkiApplet } from "../../src/applet/applet.ts";
import type { KeyUse } from "../../src/applet/applet-table.ts";
import { sha256, toBase64Url, utf8 } from "../../src/bytes.ts";
import { SoftwareSecureElement } from "../../src/software/secure-element.ts";
import type { Transport } from "../../src/transports/transport.ts";
import { certificates, derOf, imageOf, newKeyPair, verifies, type KeyPair } from "../support/fixtures.ts";
import { ScriptedTransport } from "../support/scripted-transport.ts";

let pair: KeyPair;
let element: SoftwareSecureElement;
beforeAll(async () => {
  pair = await newKeyPair();
  element = new SoftwareSecureElement(imageOf(pair.privateJwk));
});

const message = utf8("message");
const pins: Record<KeyUse, string> = { authentication: "1234", signature: "ABC123" };
const uses: KeyUse[] = ["authentication", "signature"];

describe("against the software Secure Element", () => {
  test.each(uses)("signs with the %s key what WebCrypto verifies", async (use) => {
    const applet = await JpkiApplet.select(element);
    await applet.verifyPin(use, pins[use]);
    const signature = await applet.sign(use, await sha256(message));
    expect(await verifies(pair.publicKey, signature, message)).toBe(true);
  });

  test.each(uses)("reads the %s certificates whole", async (use) => {
    const applet = await JpkiApplet.select(element);
    await applet.verifyPin(use, pins[use]);
    expect(await applet.readCertificate(use)).toEqual(certificates[use]);
    expect(await applet.readCaCertificate(use)).toEqual(certificates.ca);
  });

  test.each([4, 5, 129, 131, 255, 256, 257, 258, 260, 512, 513, 4096, 16_384])("reads a file of %i octets", async (length) => {
    const certificate = toBase64Url(derOf(length));
    const applet = await JpkiApplet.select(new SoftwareSecureElement(imageOf(pair.privateJwk, { authentication: { certificate } })));
    expect(toBase64Url(await applet.readCertificate("authentication"))).toBe(certificate);
  });

  test.each([4, 257, 1534, 16_384])("by extended length reads a file of %i octets at once", async (length) => {
    const image = imageOf(pair.privateJwk, { authentication: { certificate: toBase64Url(derOf(length)) } });
    const applet = await JpkiApplet.select(new SoftwareSecureElement(image), { extendedLength: true });
    expect(await applet.readCertificate("authentication")).toEqual(derOf(length));
  });

  test("selecting anew ends the applet that was selected before", async () => {
    const shared = new SoftwareSecureElement(imageOf(pair.privateJwk));
    const before = await JpkiApplet.select(shared);
    const after = await JpkiApplet.select(shared);
    await expect(before.triesLeft("authentication")).rejects.toMatchObject({ code: "connection_closed" });
    expect(await after.triesLeft("authentication")).toBe(3);
  });

  test.each([
    [100, false],
    [300, false],
    [300, true],
  ])("leaves out what the file holds after a certificate of %i octets (extended length: %s)", async (length, extendedLength) => {
    const certificate = toBase64Url(Uint8Array.of(...derOf(length), 0xff, 0xff));
    const applet = await JpkiApplet.select(new SoftwareSecureElement(imageOf(pair.privateJwk, { authentication: { certificate } })), { extendedLength });
    expect(await applet.readCertificate("authentication")).toEqual(derOf(length));
  });

  test("calls made at once do not mix", async () => {
    const applet = await JpkiApplet.select(element);
    const [, signature, certificate, triesLeft, ca] = await Promise.all([
      applet.verifyPin("authentication", "1234"),
      applet.sign("authentication", await sha256(message)),
      applet.readCertificate("authentication"),
      applet.triesLeft("signature"),
      applet.readCaCertificate("signature"),
    ]);
    expect(await verifies(pair.publicKey, signature, message)).toBe(true);
    expect([certificate, triesLeft, ca]).toEqual([certificates.authentication, 5, certificates.ca]);
  });

  test("a refused call does not hold up the next", async () => {
    const applet = await JpkiApplet.select(element);
    const refused = applet.readCertificate("signature");
    const next = applet.triesLeft("authentication");
    await expect(refused).rejects.toMatchObject({ name: "AppletError", code: "security_status_not_satisfied", status: 0x6982 });
    expect(await next).toBe(3);
  });

  test("counts wrong PINs down to the block", async () => {
    const applet = await JpkiApplet.select(new SoftwareSecureElement(imageOf(pair.privateJwk)));
    for (const triesLeft of [2, 1]) {
      await expect(applet.verifyPin("authentication", "0000")).rejects.toMatchObject({ code: "pin_wrong", triesLeft });
      expect(await applet.triesLeft("authentication")).toBe(triesLeft);
    }
    await expect(applet.verifyPin("authentication", "0000")).rejects.toMatchObject({ code: "pin_last_try", triesLeft: 1 });
    expect(await applet.triesLeft("authentication")).toBe(1);
    const spendLastTry = { spendLastTry: true };
    await expect(applet.verifyPin("authentication", "0000", spendLastTry)).rejects.toMatchObject({ code: "pin_blocked", triesLeft: 0 });
    await expect(applet.verifyPin("authentication", "1234", spendLastTry)).rejects.toMatchObject({ code: "pin_blocked", triesLeft: 0 });
    expect(await applet.triesLeft("authentication")).toBe(0);
  });

  test.each([0, 20, 31, 33, 51])("refuses to sign %i octets", async (length) => {
    const applet = await JpkiApplet.select(element);
    await expect(applet.sign("authentication", new Uint8Array(length))).rejects.toMatchObject({ code: "digest_malformed" });
  });
});

describe("the PIN", () => {
  test.each<[string, KeyUse, string, string | null]>([
    ["right", "authentication", "1234", null],
    ["wrong", "authentication", "9999", "pin_wrong"],
    ["too short", "authentication", "123", "pin_malformed"],
    ["too long", "authentication", "12345", "pin_malformed"],
    ["with a letter", "authentication", "12A4", "pin_malformed"],
    ["right", "signature", "ABC123", null],
    ["in small letters", "signature", "abc123", "pin_malformed"],
    ["of 17 characters", "signature", "ABCDEFGHIJKLMNOPQ", "pin_malformed"],
    ["empty", "signature", "", "pin_malformed"],
  ])("%s (%s): its bytes are overwritten", async (_, use, text, code) => {
    const counting = new SoftwareSecureElement(imageOf(pair.privateJwk));
    const applet = await JpkiApplet.select(counting);
    const pin = utf8(text);
    const outcome = await applet.verifyPin(use, pin).then(() => null, (error: { code: string }) => error.code);
    expect(outcome).toBe(code);
    expect(pin).toEqual(new Uint8Array(text.length));
    expect(counting.counters()[use]).toBe({ authentication: 3, signature: 5 }[use] - (code === "pin_wrong" ? 1 : 0));
  });

  test("is overwritten when the transport fails, and in the command as well; no error tells it", async () => {
    const transport = new ScriptedTransport("9000", "9000", "63c3");
    const applet = await JpkiApplet.select(transport);
    const pin = utf8("1234");
    const error = await applet.verifyPin("authentication", pin).catch((reason: Error) => reason);
    expect(error).toMatchObject({ name: "TransportError", code: "connection_closed" });
    expect((error as Error).cause).toBeUndefined();
    expect(pin).toEqual(new Uint8Array(4));
    expect(transport.sent.at(-1)).toBe("002000800431323334");
    expect(transport.buffers.at(-1)).toEqual(new Uint8Array(9));
  });

  test.each([
    ["a string", "1234", () => vi.spyOn(TextEncoder.prototype, "encode")],
    ["bytes", utf8("1234"), () => vi.spyOn(Uint8Array, "from")],
  ])("given as %s: the SDK's own copy is overwritten as well", async (_, pin, spyOnCopies) => {
    const applet = await JpkiApplet.select(new SoftwareSecureElement(imageOf(pair.privateJwk)));
    const spy = spyOnCopies();
    await applet.verifyPin("authentication", pin);
    const [copy] = spy.mock.results;
    spy.mockRestore();
    expect(copy?.value).toEqual(new Uint8Array(4));
  });

  test("given twice in the same bytes is sent once: a second call finds zeros, which are no PIN", async () => {
    const counting = new SoftwareSecureElement(imageOf(pair.privateJwk));
    const applet = await JpkiApplet.select(counting);
    const pin = utf8("1234");
    const calls = [applet.verifyPin("authentication", pin), applet.verifyPin("authentication", pin)];
    const outcomes = await Promise.allSettled(calls);
    expect(outcomes).toMatchObject([{ status: "fulfilled" }, { status: "rejected", reason: { code: "pin_malformed" } }]);
    expect(counting.counters().authentication).toBe(3);
  });
});

test.each([1, 2, 3, 100])("a transport that gives at most %i octets an answer is read to the end", async (most) => {
  const stingy: Transport = {
    async transmit(command) {
      const answer = await element.transmit(command);
      return answer.length - 2 <= most ? answer : Uint8Array.of(...answer.slice(0, most), 0x62, 0x82);
    },
  };
  const applet = await JpkiApplet.select(stingy);
  expect(await applet.readCaCertificate("authentication")).toEqual(certificates.ca);
});
