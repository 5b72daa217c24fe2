import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeCommand, type CommandApdu } from "../../src/apdu/apdu.ts";
import { JpkiApplet } from "../../src/applet/applet.ts";
import { concatBytes, toBase64Url, toHex, utf8 } from "../../src/bytes.ts";
import { SoftwareSecureElement } from "../../src/software/secure-element.ts";
import { RecordingTransport } from "../../src/transports/trace.ts";
import type { Transport } from "../../src/transports/transport.ts";
import { imageOf, newKeyPair } from "../support/fixtures.ts";

const { privateJwk } = await newKeyPair();
const pins = fc.stringMatching(/^[A-Z0-9]{6,16}$/u);

async function record(transport: Transport, use: (recording: Transport) => Promise<void>): Promise<string> {
  const lines: string[] = [];
  await use(new RecordingTransport(transport, { write: (line) => lines.push(line), now: () => 0 }));
  return lines.join("\n");
}

/** VERIFY in every form in which it can come, right and broken. */
const verifyCommands = fc
  .record({
    pin: pins,
    cla: fc.integer({ min: 0, max: 255 }),
    p1: fc.nat(255),
    p2: fc.nat(255),
    expected: fc.constantFrom(undefined, 256, 65_536),
    cut: fc.nat(3),
    more: fc.uint8Array({ maxLength: 3 }),
    parts: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ pin, cla, p1, p2, expected, cut, more, parts }) => {
    const octets = utf8(pin);
    const size = Math.ceil(octets.length / parts);
    const commands = Array.from({ length: parts }, (_, part) => {
      const command: CommandApdu = { cla, ins: 0x20, p1, p2, data: octets.slice(part * size, (part + 1) * size), ...(expected === undefined ? {} : { expected }) };
      const bytes = concatBytes(encodeCommand(command), more);
      return bytes.slice(0, bytes.length - cut);
    });
    return { pin, commands };
  });

test("no trace has the digits of a PIN, in whatever form VERIFY came", async () => {
  await fc.assert(
    fc.asyncProperty(verifyCommands, fc.uint8Array({ maxLength: 40 }), async ({ pin, commands }, answer) => {
      const trace = await record({ transmit: async () => answer }, async (recording) => {
        for (const command of commands) await recording.transmit(command);
      });
      expect(trace).not.toContain(pin);
      expect(trace).not.toContain(toHex(utf8(pin)));
      const shown = trace.split("\n").map((line) => (JSON.parse(line) as { command: string }).command);
      // No octet after the header but lengths and what stands for Le.
      for (const command of shown) expect(command).toMatch(/^(?:[0-9a-f]{8}(?:[0-9a-f]{2}|00[0-9a-f]{4})?(?:\*\*)*(?:[0-9a-f]{2}){0,2}|(?:\*\*)+)$/u);
    }),
    { numRuns: 500 },
  );
});

test("no trace has sixteen octets of a certificate, with PIN right or wrong", async () => {
  const bodies = fc.uint8Array({ minLength: 256, maxLength: 1500 });
  await fc.assert(
    fc.asyncProperty(bodies, pins, pins, async (body, pin, wrong) => {
      const certificate = concatBytes(Uint8Array.of(0x30, 0x82, body.length >> 8, body.length & 0xff), body);
      const image = imageOf(privateJwk, { signature: { certificate: toBase64Url(certificate), caCertificate: toBase64Url(certificate), pin } });
      const trace = await record(new SoftwareSecureElement(image), async (recording) => {
        const applet = await JpkiApplet.select(recording);
        if (wrong !== pin) await expect(applet.verifyPin("signature", wrong)).rejects.toMatchObject({ code: "pin_wrong" });
        await applet.verifyPin("signature", pin);
        expect(await applet.readCertificate("signature")).toEqual(certificate);
        expect(await applet.readCaCertificate("signature")).toEqual(certificate);
      });
      for (const secret of [pin, wrong]) expect(trace).not.toContain(toHex(utf8(secret)));
      const hex = toHex(certificate);
      // Every sixteen octets hold eight from an even place: so no such eight, no such sixteen.
      for (let at = 0; at + 16 <= certificate.length; at += 8) expect(trace).not.toContain(hex.slice(at * 2, at * 2 + 16));
    }),
    { numRuns: 25 },
  );
});
