import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { JpkiApplet, SoftwareSecureElement, type KeyUse } from "@jpki-bridge/client-sdk";
import { fromBase64Url } from "../../src/bytes.ts";
import { sha256, toHex, utf8 } from "../../client-sdk/src/bytes.ts";
import { logged, openscCard, type Exchange, type OpenscCard } from "./opensc-card.ts";
import { missingForReader } from "./vpcd-reader.ts";

/**
 * The commands of our applet client beside those of OpenSC's JPKI driver for the same work, octet for
 * octet. They differ in three places, each by a command that one sends and the other does not:
 *
 * - OpenSC reads the first four octets of a certificate for its length, then the file from its start;
 *   ours reads a whole block at once.
 * - Before a PIN, ours asks for the retry counter, so as not to spend the last try unasked.
 * - When it finds a card, OpenSC asks for both retry counters at once; ours when they are wanted.
 */
const certificateHeader = "00b0000004";
const retryCounter = "00200080";

const missing = missingForReader("pkcs15-tool", "pkcs11-tool");
if (missing !== null) process.stderr.write(`skipped: our APDUs beside OpenSC's, for ${missing}\n`);

const selected = "00a4040c0ad392f000260100000001";
const authenticationPin = "00a4020c020018";
const signaturePin = "00a4020c02001b";
/** What OpenSC sends whenever it finds the card. */
const found = [selected, authenticationPin, retryCounter, signaturePin, retryCounter];

const message = utf8("a message");
const digest = await sha256(message);
const signing = `802a0080333031300d060960864801650304020105000420${toHex(digest)}00`;

interface Row {
  readonly name: string;
  readonly opensc: readonly string[];
  readonly ours: (applet: JpkiApplet) => Promise<unknown>;
  /** What both send, by the public command set. */
  readonly both: (card: OpenscCard) => readonly string[];
}

const rows: readonly Row[] = [
  { name: "retry counter, authentication", opensc: ["pkcs15-tool", "--list-pins"], ours: (applet) => applet.triesLeft("authentication"), both: () => [authenticationPin, retryCounter] },
  { name: "retry counter, signature", opensc: ["pkcs15-tool", "--list-pins"], ours: (applet) => applet.triesLeft("signature"), both: () => [signaturePin, retryCounter] },
  { name: "PIN, authentication", opensc: withPin("01", "1234"), ours: (applet) => applet.verifyPin("authentication", "1234"), both: () => [authenticationPin, "002000800431323334"] },
  { name: "PIN, signature", opensc: withPin("02", "ABC123"), ours: (applet) => applet.verifyPin("signature", "ABC123"), both: () => [signaturePin, "0020008006414243313233"] },
  { name: "certificate, authentication", opensc: reading("01"), ours: (applet) => applet.readCertificate("authentication"), both: (card) => blocks("00a4020c02000a", card.image.authentication?.certificate) },
  { name: "CA certificate, authentication", opensc: reading("03"), ours: (applet) => applet.readCaCertificate("authentication"), both: (card) => blocks("00a4020c02000b", card.image.authentication?.caCertificate) },
  { name: "CA certificate, signature", opensc: reading("04"), ours: (applet) => applet.readCaCertificate("signature"), both: (card) => blocks("00a4020c020002", card.image.signature?.caCertificate) },
  {
    name: "PIN and certificate, signature",
    opensc: [...reading("02"), "--verify-pin", "--auth-id", "02", "--pin", "ABC123"],
    ours: async (applet) => {
      await applet.verifyPin("signature", "ABC123");
      await applet.readCertificate("signature");
    },
    both: (card) => [signaturePin, "0020008006414243313233", ...blocks("00a4020c020001", card.image.signature?.certificate)],
  },
  { name: "PIN and signature, authentication", opensc: signingBy("01", "1234", "User Authentication"), ours: sign("authentication", "1234"), both: () => [authenticationPin, "002000800431323334", "00a4020c020017", signing] },
  { name: "PIN and signature, signature", opensc: signingBy("02", "ABC123", "Digital Signature"), ours: sign("signature", "ABC123"), both: () => [signaturePin, "0020008006414243313233", "00a4020c02001a", signing] },
];

describe.runIf(missing === null)("what our applet client sends and what OpenSC sends", () => {
  let card: OpenscCard;
  beforeAll(async () => {
    card = await openscCard();
    writeFileSync(path.join(card.directory, "message"), message);
  });
  afterAll(async () => card.close());

  test.each(rows)("$name: the same commands", async ({ opensc, ours, both }) => {
    const common = both(card).join(" ");
    const asksForCounter = common.endsWith(` ${retryCounter}`);
    const [sentByOurs, sentByOpensc] = [await commandsOfOurs(ours), commandsOf(await exchangesOf(opensc))];
    expect(sentByOurs[0]).toBe(selected);
    expect(sentByOurs.slice(1).filter((command) => asksForCounter || command !== retryCounter).join(" ")).toBe(common);
    expect(sentByOpensc.slice(0, found.length)).toEqual(found);
    const sentForIt = asksForCounter ? sentByOpensc : sentByOpensc.slice(found.length);
    expect(sentForIt.filter((command) => command !== certificateHeader).join(" ")).toContain(common);
  });

  test("nothing that OpenSC sends is refused, but reading the signature certificate without its PIN", async () => {
    const refused = (await exchangesOf(signingBy("02", "ABC123", "Digital Signature"))).filter(({ command, response }) => !isAccepted(command, response));
    expect(new Set(refused.map(({ command, response }) => `${command} ${response}`))).toEqual(new Set([`${certificateHeader} 6982`]));
  });

  async function exchangesOf([program = "", ...parameters]: readonly string[]): Promise<readonly Exchange[]> {
    return card.exchangesOf(program, ...parameters.map((parameter) => parameter.replace("DIRECTORY", card.directory)));
  }

  /** On a card of its own with the same image. */
  async function commandsOfOurs(call: Row["ours"]): Promise<string[]> {
    const exchanges: Exchange[] = [];
    await call(await JpkiApplet.select(logged(new SoftwareSecureElement(card.image), exchanges)));
    return commandsOf(exchanges);
  }
});

const commandsOf = (exchanges: readonly Exchange[]): string[] => exchanges.map(({ command }) => command);

function isAccepted(command: string, response: string): boolean {
  return command === retryCounter ? /^63c[0-5]$/u.test(response) : response.endsWith("9000");
}

function withPin(id: string, pin: string): string[] {
  return ["pkcs15-tool", "--verify-pin", "--auth-id", id, "--pin", pin];
}

function reading(id: string): string[] {
  return ["pkcs15-tool", "--read-certificate", id];
}

function signingBy(id: string, pin: string, name: string): string[] {
  return ["pkcs11-tool", "--sign", "--mechanism", "SHA256-RSA-PKCS", "--id", id, "--login", "--pin", pin, "--token-label", `JPKI (${name} PIN)`, "--input-file", "DIRECTORY/message", "--output-file", "DIRECTORY/signature"];
}

function sign(use: KeyUse, pin: string): Row["ours"] {
  return async (applet) => {
    await applet.verifyPin(use, pin);
    await applet.sign(use, digest);
  };
}

/** READ BINARY of a whole file: blocks of 256 octets, the offset in P1-P2, the last as long as what is left. */
function blocks(select: string, file = ""): string[] {
  const { length } = fromBase64Url(file) ?? { length: 0 };
  const offsets = Array.from({ length: Math.ceil(length / 256) }, (_, block) => block * 256);
  const octet = (value: number): string => (value % 256).toString(16).padStart(2, "0");
  return [select, ...offsets.map((offset) => `00b0${octet(offset / 256)}00${octet(Math.min(256, length - offset))}`)];
}
