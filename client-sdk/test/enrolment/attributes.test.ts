import { afterEach, beforeAll, expect, test } from "vitest";
import { JpkiApplet } from "../../src/applet/applet.ts";
import { fromBase64Url, utf8 } from "../../src/bytes.ts";
import { EnrolmentClient } from "../../src/enrolment/enrolment-client.ts";
import type { StatedEnrolment } from "../../src/enrolment/enrolment-steps.ts";
import { isProof } from "../../src/enrolment/proof.ts";
import { SoftwareSecureElement } from "../../src/software/secure-element.ts";
import { statementBytes } from "../../src/statement/statement.ts";
import { EnrolmentServer } from "../support/enrolment-server.ts";
import { certificates, imageOf, newKeyPair, verifies, type KeyPair } from "../support/fixtures.ts";

/** Presenting the signature certificate: both keys of one Secure Element sign the same statement. */

let pair: KeyPair;
let server: EnrolmentServer;
beforeAll(async () => {
  pair = await newKeyPair();
});
afterEach(() => server.close());

async function stated(device: "same" | "other"): Promise<StatedEnrolment> {
  server = await EnrolmentServer.start({ publicKey: pair.publicKey, purpose: "attributes", device });
  const client = await EnrolmentClient.open({ link: server.link, issuers: [server.issuer] });
  return (await client.claim()).statement({ number: "42" });
}

const openApplet = (): Promise<JpkiApplet> => JpkiApplet.select(new SoftwareSecureElement(imageOf(pair.privateJwk)));

test("both keys sign the statement, each behind its own PIN, and both PINs are gone afterwards", async () => {
  const enrolment = await stated("other");
  const pins = { pin: utf8("1234"), signaturePin: utf8("ABC123") };
  expect(await enrolment.proveAttributes({ applet: await openApplet(), ...pins, device: { medium: "card", approval: "pin" } })).toEqual({ next: "done" });
  const [proof] = server.proofs;
  if (!isProof(proof) || proof.attributes === undefined) throw new Error("no proof with attributes was sent");
  const bytes = statementBytes(enrolment.statement);
  expect(fromBase64Url(proof.attributes.certificate)).toEqual(Uint8Array.from(certificates.signature));
  expect(await verifies(pair.publicKey, fromBase64Url(proof.attributes.signature) ?? new Uint8Array(), bytes)).toBe(true);
  expect(proof.device).toEqual({ medium: "card", approval: "pin" });
  expect([...pins.pin, ...pins.signaturePin].every((octet) => octet === 0)).toBe(true);
});

test("a wrong signature PIN may be tried again, and nothing was sent", async () => {
  const enrolment = await stated("same");
  const applet = await openApplet();
  await expect(enrolment.signAttributes({ applet, pin: "1234", signaturePin: "XYZ999" })).rejects.toMatchObject({ code: "pin_wrong", triesLeft: 4 });
  expect(server.steps).not.toContain("proof");
  expect(await enrolment.proveAttributes({ applet, pin: "1234", signaturePin: "ABC123" })).toMatchObject({ next: "return" });
});

test("what was signed survives a restart", async () => {
  const enrolment = await stated("other");
  const signed = await enrolment.signAttributes({ applet: await openApplet(), pin: "1234", signaturePin: "ABC123" });
  const saved = await signed.save();
  expect(saved.step === "signed" && isProof(JSON.parse(JSON.stringify(saved.proof)))).toBe(true);
});

const text = "AAAA";
const proofs: readonly (readonly [string, unknown, boolean])[] = [
  ["with attributes", { certificate: text, signature: text, attributes: { certificate: text, signature: text } }, true],
  ["without", { certificate: text, signature: text }, true],
  ["attributes without a signature", { certificate: text, signature: text, attributes: { certificate: text } }, false],
  ["attributes null", { certificate: text, signature: text, attributes: null }, false],
];
test.each(proofs)("the form of a proof: %s", async (_name, value, expected) => {
  server = await EnrolmentServer.start({ publicKey: pair.publicKey, device: "same" });
  expect(isProof(value)).toBe(expected);
});
