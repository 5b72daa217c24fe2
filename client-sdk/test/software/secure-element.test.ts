import { beforeAll, describe, expect, test } from "vitest";
import { fromHex, toHex } from "../../src/bytes.ts";
import { SoftwareSecureElement } from "../../src/software/secure-element.ts";
import type { SecureElementImage } from "../../src/software/secure-element-image.ts";
import { certificates, imageOf, newKeyPair } from "../support/fixtures.ts";

let key: JsonWebKey;
beforeAll(async () => {
  key = (await newKeyPair()).privateJwk;
});

const application = "00a4040c0ad392f000260100000001";
const ef = (identifier: string): string => `00a4020c02${identifier}`;
const digestInfo = `3031300d060960864801650304020105000420${"00".repeat(32)}`;
const sign = `802a008033${digestInfo}00`;
const authenticationPin = "002000800431323334";
const signaturePin = "0020008006414243313233";

async function send(element: SoftwareSecureElement, ...commands: string[]): Promise<string> {
  let answer = "";
  for (const command of commands) answer = toHex(await element.transmit(fromHex(command) ?? new Uint8Array()));
  return answer;
}

// Each row: the commands in order, and the answer to the last.
describe("answers", () => {
  test.each<[string, string[], string]>([
    ["select application", [application], "9000"],
    ["select another application", ["00a4040c05a000000001"], "6a82"],
    ["select part of the application's name", ["00a4040c09d392f0002601000000"], "6a82"],
    ["select by other parameters", [application, "00a4000c020018"], "6a86"],
    ["select application, wanting its data", ["00a404000ad392f000260100000001"], "6a86"],
    ["no command at all", [""], "6700"],
    ["a cut command", ["00a4040c0ad392"], "6700"],
    ["before the application is selected: a file", [ef("0018")], "6985"],
    ["before the application is selected: verify", [authenticationPin], "6985"],
    ["before the application is selected: read", ["00b0000000"], "6985"],
    ["before the application is selected: sign", [sign], "6985"],
    ["a file there is", [application, ef("000a")], "9000"],
    ["a file there is not", [application, ef("0042")], "6a82"],
    ["half a file identifier", [application, "00a4020c0100"], "6700"],
    ["no file identifier", [application, "00a4020c"], "6700"],
    ["another class", [application, "40b0000000"], "6e00"],
    ["an unknown instruction", [application, "00ca000000"], "6d00"],
    ["sign in the class of the standard", [application, ef("0017"), sign.replace("80", "00")], "6d00"],
    ["read in the class of sign", [application, ef("000a"), "80b0000000"], "6d00"],

    ["no file selected: verify", [application, authenticationPin], "6986"],
    ["no file selected: read", [application, "00b0000000"], "6986"],
    ["no file selected: sign", [application, sign], "6986"],
    ["wrong file: verify on a certificate", [application, ef("000a"), authenticationPin], "6981"],
    ["wrong file: sign by a certificate", [application, ef("000a"), sign], "6981"],
    ["wrong file: sign by a PIN", [application, ef("0018"), authenticationPin, sign], "6981"],
    ["no key is ever read: authentication", [application, ef("0018"), authenticationPin, ef("0017"), "00b0000000"], "6981"],
    ["no key is ever read: signature", [application, ef("001b"), signaturePin, ef("001a"), "00b0000000"], "6981"],
    ["no PIN is ever read", [application, ef("0018"), authenticationPin, "00b0000000"], "6981"],

    ["read: past the end", [application, ef("000a"), "00b0060000"], "6b00"],
    ["read: by short file identifier", [application, ef("000a"), "00b08a0000"], "6a86"],
    ["read: without Le", [application, ef("000a"), "00b00000"], "6700"],
    ["read: the last two octets", [application, ef("000a"), "00b005fc02"], `${toHex(certificates.authentication.slice(1532))}9000`],
    ["read: more than there is", [application, ef("000a"), "00b005fc03"], `${toHex(certificates.authentication.slice(1532))}6282`],
    ["read: all there is", [application, ef("000a"), "00b005fc00"], `${toHex(certificates.authentication.slice(1532))}9000`],
    ["read: extended length", [application, ef("000a"), "00b00000000000"], `${toHex(certificates.authentication)}9000`],
    ["read: the CA certificate", [application, ef("000b"), "00b0000004"], `${toHex(certificates.ca.slice(0, 4))}9000`],
    ["read: the signature CA certificate needs no PIN", [application, ef("0002"), "00b0000004"], `${toHex(certificates.ca.slice(0, 4))}9000`],

    ["verify: other parameters", [application, ef("0018"), "002000010431323334"], "6a86"],
    ["verify: too short, no try spent", [application, ef("0018"), "0020008003313233", "00200080"], "63c3"],
    ["verify: too long", [application, ef("0018"), "00200080053132333435"], "6700"],
    ["sign: other parameters", [application, ef("0018"), authenticationPin, ef("0017"), `802a9e9a33${digestInfo}00`], "6a86"],
    ["sign: a bare digest", [application, ef("0018"), authenticationPin, ef("0017"), `802a008020${"00".repeat(32)}00`], "6700"],
    ["sign: nothing", [application, ef("0018"), authenticationPin, ef("0017"), "802a008000"], "6700"],
    ["sign: no DigestInfo", [application, ef("0018"), authenticationPin, ef("0017"), `802a008033${"00".repeat(51)}00`], "6a80"],
    ["sign: too little room", [application, ef("0018"), authenticationPin, ef("0017"), `802a008033${digestInfo}ff`], "6c00"],
    ["sign: no room", [application, ef("0018"), authenticationPin, ef("0017"), `802a008033${digestInfo}`], "6c00"],
  ])("%s", async (_, commands, answer) => {
    expect(await send(new SoftwareSecureElement(imageOf(key)), ...commands)).toBe(answer);
  });
});

// Command chaining (ISO/IEC 7816-4, 5.1.1.1), and extended length (ISO/IEC 7816-3, 12.1.3).
describe("long commands", () => {
  const verified = [application, ef("0018"), authenticationPin, ef("0017")];
  const signature = "[0-9a-f]{512}9000";
  test.each<[string, string[], string]>([
    ["a link is answered by success", [application, ef("0018"), "10200080023132"], "9000"],
    ["a PIN in two links", [application, ef("0018"), "10200080023132", "00200080023334"], "9000"],
    ["a wrong PIN in three links costs one try", [application, ef("0018"), "102000800131", "10200080023233", "002000800139"], "63c2"],
    ["an application's name in two links", ["10a4040c05d392f00026", "00a4040c050100000001"], "9000"],
    ["a DigestInfo in two links, in the class of sign", [...verified, `902a008010${digestInfo.slice(0, 32)}`, `802a008023${digestInfo.slice(32)}00`], signature],
    ["a last link without data", [...verified, `902a008033${digestInfo}`, "802a008000"], signature],
    ["a chain that another command breaks", [application, ef("0018"), "10200080023132", "00b0000000"], "6883"],
    ["a chain that another class breaks", [...verified, `902a008010${digestInfo.slice(0, 32)}`, "002a008000"], "6883"],
    ["a broken chain is forgotten", [application, ef("0018"), "10200080023132", "00b0000000", "00200080023334", "00200080"], "63c3"],
    ["a reset forgets a chain", [application, ef("0018"), "10200080023132", "reset", application, ef("0018"), authenticationPin], "9000"],
    ["more than a command can hold", [application, ef("0018"), ...Array.from({ length: 2 }, () => `1020008000ffff${"31".repeat(0xffff)}`)], "6700"],
    ["extended length: a PIN", [application, ef("0018"), "0020008000000431323334"], "9000"],
    ["extended length: sign", [...verified, `802a0080000033${digestInfo}0100`], signature],
    ["extended length: sign, with room for more", [...verified, `802a0080000033${digestInfo}0000`], signature],
    ["extended length: sign, with too little room", [...verified, `802a0080000033${digestInfo}00ff`], "6c00"],
  ])("%s", async (_, commands, answer) => {
    const element = new SoftwareSecureElement(imageOf(key));
    let seen = "";
    for (const command of commands) {
      if (command === "reset") element.reset();
      else seen = await send(element, command);
    }
    expect(seen).toMatch(new RegExp(`^${answer}$`, "u"));
  });
});

describe("security conditions", () => {
  const signatureCertificate = `${toHex(certificates.signature.slice(0, 4))}9000`;
  test.each<[string, string[], string]>([
    ["sign before the PIN", [application, ef("0017"), sign], "6982"],
    ["sign after the other key's PIN", [application, ef("001b"), signaturePin, ef("0017"), sign], "6982"],
    ["sign with the signature key after the authentication PIN", [application, ef("0018"), authenticationPin, ef("001a"), sign], "6982"],
    ["sign after a wrong PIN", [application, ef("0018"), authenticationPin, "002000800439393939", ef("0017"), sign], "6982"],
    ["sign after the application was selected anew", [application, ef("0018"), authenticationPin, application, ef("0017"), sign], "6982"],
    ["signature certificate before its PIN", [application, ef("0001"), "00b0000004"], "6982"],
    ["signature certificate after the other PIN", [application, ef("0018"), authenticationPin, ef("0001"), "00b0000004"], "6982"],
    ["signature certificate after its PIN", [application, ef("001b"), signaturePin, ef("0001"), "00b0000004"], signatureCertificate],
    ["the application is gone after another was asked for", [application, "00a4040c05a000000001", ef("0018")], "6985"],
    ["a file that was not found leaves the selected one", [application, ef("000b"), ef("0042"), "00b0000001"], "309000"],
  ])("%s", async (_, commands, answer) => {
    expect(await send(new SoftwareSecureElement(imageOf(key)), ...commands)).toBe(answer);
  });

  test.each(["reset", "close"] as const)("%s takes the PIN's effect and the selection away", async (method) => {
    const element = new SoftwareSecureElement(imageOf(key));
    await send(element, application, ef("0018"), authenticationPin, ef("0017"));
    await element[method]();
    expect(await send(element, sign)).toBe("6985");
    expect(await send(element, application, ef("0017"), sign)).toBe("6982");
  });

  test.each([
    ["authentication", "0018", authenticationPin, "0017"],
    ["signature", "001b", signaturePin, "001a"],
  ])("the PIN for %s allows its key to sign, more than once", async (_, pinFile, pin, keyFile) => {
    const element = new SoftwareSecureElement(imageOf(key));
    const first = await send(element, application, ef(pinFile), pin, ef(keyFile), sign);
    expect(first).toMatch(/^[0-9a-f]{512}9000$/u);
    expect(await send(element, sign)).toBe(first);
  });

  test("a fault in the computation answers no signature", async () => {
    const element = new SoftwareSecureElement(imageOf({ ...key, dp: "AQAB" }));
    expect(await send(element, application, ef("0018"), authenticationPin, ef("0017"), sign)).toBe("6f00");
  });
});

describe("an element without the signature key", () => {
  test.each(["001b", "001a", "0001", "0002"])("has no file %s", async (identifier) => {
    const element = new SoftwareSecureElement(imageOf(key, { signature: null }));
    expect(await send(element, application, ef(identifier))).toBe("6a82");
    expect(element.counters()).toEqual({ authentication: 3, signature: null });
  });
});

describe("the image", () => {
  test.each<[string, (image: SecureElementImage) => SecureElementImage]>([
    ["a certificate in base64", () => imageOf(key, { authentication: { certificate: "MIIB+g==" } })],
    ["no CA certificate", () => imageOf(key, { signature: { caCertificate: "" } })],
    ["a public key", () => imageOf({ kty: "RSA", n: key.n ?? "", e: "AQAB" })],
    ["a PIN with letters for authentication", () => imageOf(key, { authentication: { pin: "12A4" } })],
    ["a short PIN for signature", () => imageOf(key, { signature: { pin: "ABC12" } })],
    ["a PIN in small letters", () => imageOf(key, { signature: { pin: "abc123" } })],
    ["more tries than there are", () => imageOf(key, { authentication: { triesLeft: 4 } })],
    ["less than no tries", () => imageOf(key, { authentication: { triesLeft: -1 } })],
  ])("is refused with %s", (_, change) => {
    expect(() => new SoftwareSecureElement(change(imageOf(key)))).toThrow(TypeError);
  });

  test("survives JSON, and the element shows none of it", () => {
    const element = new SoftwareSecureElement(JSON.parse(JSON.stringify(imageOf(key))));
    expect(Reflect.ownKeys(element)).toEqual([]);
    expect(JSON.stringify(element)).toBe("{}");
  });
});
