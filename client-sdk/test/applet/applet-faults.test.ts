import { array, assert, asyncProperty, constant, oneof, uint8Array } from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { AppletError } from "../../src/applet/applet-error.ts";
import { JpkiApplet, type SelectOptions } from "../../src/applet/applet.ts";
import { pinRules, type KeyUse } from "../../src/applet/applet-table.ts";
import { toBase64Url, utf8 } from "../../src/bytes.ts";
import type { SecureElementImage } from "../../src/software/secure-element-image.ts";
import { SoftwareSecureElement } from "../../src/software/secure-element.ts";
import { TransportError } from "../../src/transports/transport-error.ts";
import { at, FaultyTransport, type Fault, type Passage } from "../support/faulty-transport.ts";
import { derOf, imageOf, newKeyPair } from "../support/fixtures.ts";

let image: SecureElementImage;
beforeAll(async () => {
  const small = { certificate: toBase64Url(derOf(300)), caCertificate: toBase64Url(derOf(301)) };
  image = imageOf((await newKeyPair()).privateJwk, { authentication: small, signature: small });
});

const uses: KeyUse[] = ["authentication", "signature"];
const pins: Record<KeyUse, string> = { authentication: "1234", signature: "ABC123" };
const digest = new Uint8Array(32);

interface Session {
  /** `done`, or the code of the error. */
  readonly outcome: string;
  readonly error?: unknown;
}

/** Everything that can be done with one key, in order. */
async function session(transport: FaultyTransport, use: KeyUse, options: SelectOptions = {}): Promise<Session> {
  const pin = utf8(pins[use]);
  let applet: JpkiApplet | undefined;
  try {
    applet = await JpkiApplet.select(transport, options);
    await applet.triesLeft(use, options);
    await applet.verifyPin(use, pin, options);
    await applet.readCertificate(use, options);
    await applet.readCaCertificate(use, options);
    await applet.sign(use, digest, options);
    return { outcome: "done" };
  } catch (error) {
    expectTyped(error);
    if (error.code !== "cancelled" && error instanceof TransportError) await expectEnded(applet, use);
    return { outcome: error.code, error };
  }
}

function expectTyped(error: unknown): asserts error is AppletError | TransportError {
  expect(error instanceof AppletError || error instanceof TransportError).toBe(true);
}

async function expectEnded(applet: JpkiApplet | undefined, use: KeyUse): Promise<void> {
  const later = await applet?.triesLeft(use).catch((error: unknown) => error);
  if (applet !== undefined) expect(later).toBeInstanceOf(TransportError);
}

/** How many commands the session takes when nothing goes wrong. */
async function commandsOf(use: KeyUse): Promise<number> {
  const transport = new FaultyTransport(new SoftwareSecureElement(image));
  expect(await session(transport, use)).toEqual({ outcome: "done" });
  return transport.position;
}

const never = (): Promise<Uint8Array> => new Promise(() => undefined);
const giving = (...octets: number[]) => async ({ pass }: Passage): Promise<Uint8Array> => {
  await pass();
  return Uint8Array.from(octets);
};
/** Answers that come when the session has long ended. */
const held: (() => void)[] = [];
const late = async ({ pass }: Passage): Promise<Uint8Array> => {
  const answer = await pass();
  return new Promise((resolve) => held.push(() => resolve(answer)));
};
const changed = (change: (answer: Uint8Array) => Uint8Array): Fault => async ({ pass }) => change(await pass());
const foreign = async ({ command }: Passage): Promise<Uint8Array> => {
  throw new Error(`could not send ${Buffer.from(command).toString("hex")} ${Buffer.from(command).toString("latin1")}`);
};
/** From here on every command gets the answer to the one before. */
const outOfStep = (position: number): Fault => async (passage) => {
  const { before } = passage;
  const answer = await passage.pass();
  return passage.position > position && before !== undefined ? before : answer;
};

const hurried: SelectOptions = { answerWithin: 0.02, signWithin: 0.02 };
const anything = /^(?:done|[a-z_]+)$/u;

// Each fault at every command of the session, and what may come of it.
const faults: [string, (position: number) => Fault, RegExp, SelectOptions?][] = [
  ["removed before it is answered", (position) => at(position, ({ remove }) => { remove(); return never(); }), /^card_removed$/u],
  ["removed, as the transport tells", (position) => at(position, () => Promise.reject(new TransportError("card_removed"))), /^card_removed$/u],
  ["never answered", (position) => at(position, never), /^timed_out$/u, hurried],
  ["answered late", (position) => at(position, late), /^timed_out$/u, hurried],
  ["sent twice", (position) => at(position, async ({ pass }) => { await pass(); return pass(); }), /^(?:done|protocol_error)$/u],
  ["answered as the one before, and so on", outOfStep, anything],
  ["answered as the one before, once", (position) => at(position, async ({ before, pass }) => { const answer = await pass(); return before ?? answer; }), anything],
  ["an error of another kind", (position) => at(position, foreign), /^connection_closed$/u],
  ["no octet", (position) => at(position, giving()), /^protocol_error$/u],
  ["one octet", (position) => at(position, giving(0x90)), /^protocol_error$/u],
  ["too many octets", (position) => at(position, giving(...new Uint8Array(300), 0x90, 0x00)), /^protocol_error$/u],
  ["an octet short", (position) => at(position, changed((answer) => answer.slice(1))), anything],
  ["an octet flipped", (position) => at(position, changed((answer) => answer.map((octet, index) => (index === 0 ? octet ^ 0xff : octet)))), anything],
  ["status 6F00", (position) => at(position, giving(0x6f, 0x00)), /^(?:applet_not_found|unexpected_status)$/u],
  ["status 6982", (position) => at(position, giving(0x69, 0x82)), /^(?:applet_not_found|security_status_not_satisfied)$/u],
  ["status 6A82", (position) => at(position, giving(0x6a, 0x82)), /^(?:applet_not_found|certificate_absent|file_not_found)$/u],
  ["status 6983", (position) => at(position, giving(0x69, 0x83)), /^(?:done|applet_not_found|pin_blocked)$/u],
];

describe.each(uses)("%s: at every command", (use) => {
  test.each(faults)("%s", async (_, faultAt, allowed, options = {}) => {
    const commands = await commandsOf(use);
    for (let position = 0; position < commands; position += 1) {
      const element = new SoftwareSecureElement(image);
      const transport = new FaultyTransport(element, faultAt(position));
      const { outcome, error } = await session(transport, use, options);
      expect(outcome, `at ${position}`).toMatch(allowed);
      expect(element.counters()[use]).toBeGreaterThanOrEqual(pinRules[use].tries - 1);
      expectNoPinIn(error, use);
      transport.fault = ({ pass }) => pass();
      for (const release of held.splice(0)) release();
      expect(await session(transport, use), `again after ${position}`).toEqual({ outcome: "done" });
    }
  });

  test("cancelled", async () => {
    const commands = await commandsOf(use);
    for (let position = 0; position < commands; position += 1) {
      const abort = new AbortController();
      const transport = new FaultyTransport(new SoftwareSecureElement(image), at(position, async ({ pass }) => { abort.abort(); return pass(); }));
      expect(await session(transport, use, { signal: abort.signal })).toMatchObject({ outcome: "cancelled" });
      expect(transport.position).toBe(position + 1);
      expect(await session(transport, use)).toEqual({ outcome: "done" });
    }
  });
});

/** Neither as text nor in hexadecimal, in an error or in what it was caused by. */
function expectNoPinIn(error: unknown, use: KeyUse): void {
  for (let current = error; current instanceof Error; current = current.cause) {
    const told = `${current.message} ${current.stack} ${JSON.stringify(current)}`;
    expect(told).not.toContain(pins[use]);
    expect(told).not.toContain(Buffer.from(pins[use]).toString("hex"));
  }
}

test("the card that is presented again must be the same", async () => {
  const options: SelectOptions = { sameCardAs: derOf(300) };
  const { authentication } = image;
  const other = { ...image, authentication: authentication && { ...authentication, certificate: toBase64Url(derOf(299)) } };
  expect(await session(new FaultyTransport(new SoftwareSecureElement(image)), "authentication", options)).toEqual({ outcome: "done" });
  expect(await session(new FaultyTransport(new SoftwareSecureElement(other)), "authentication", options)).toMatchObject({ outcome: "wrong_card" });
});

describe("random garbage", () => {
  const answer = oneof(constant(null), uint8Array({ maxLength: 8 }), uint8Array({ maxLength: 300 }));
  test.each(uses)("in place of some answers: an error of a kind that is known, or success (%s)", async (use) => {
    await assert(
      asyncProperty(array(answer, { maxLength: 30 }), async (answers) => {
        const element = new SoftwareSecureElement(image);
        const transport = new FaultyTransport(element, async ({ position, pass }) => {
          const honest = await pass();
          return answers[position] ?? honest;
        });
        const { outcome, error } = await session(transport, use);
        expect(outcome).toMatch(anything);
        expectNoPinIn(error, use);
        expect(element.counters()[use]).toBeGreaterThanOrEqual(pinRules[use].tries - 1);
      }),
      { numRuns: 300 },
    );
  });
});
