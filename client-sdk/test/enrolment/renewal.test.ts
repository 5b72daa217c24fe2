import { afterEach, beforeAll, expect, test } from "vitest";
import { JpkiApplet } from "../../src/applet/applet.ts";
import { fromBase64Url, utf8 } from "../../src/bytes.ts";
import { EnrolmentClient } from "../../src/enrolment/enrolment-client.ts";
import type { StatedEnrolment } from "../../src/enrolment/enrolment-steps.ts";
import { isProof } from "../../src/enrolment/proof.ts";
import { SoftwareSecureElement } from "../../src/software/secure-element.ts";
import { statementBytes } from "../../src/statement/statement.ts";
import { EnrolmentServer } from "../support/enrolment-server.ts";
import { imageOf, newKeyPair, verifies, type KeyPair } from "../support/fixtures.ts";

/** Carrying an ID over to another certificate: the keys of the earlier and the new one sign the same statement. */

let later: KeyPair;
let earlier: KeyPair;
let server: EnrolmentServer;
beforeAll(async () => {
  [later, earlier] = [await newKeyPair(), await newKeyPair()];
});
afterEach(() => server.close());

async function stated(): Promise<StatedEnrolment> {
  server = await EnrolmentServer.start({ publicKey: later.publicKey, purpose: "renew", device: "other" });
  const client = await EnrolmentClient.open({ link: server.link, issuers: [server.issuer] });
  return (await client.claim()).statement({ number: "42" });
}

const openApplet = (pair: KeyPair): Promise<JpkiApplet> => JpkiApplet.select(new SoftwareSecureElement(imageOf(pair.privateJwk)));

test("both keys sign the statement, each in its own element, and both PINs are gone afterwards", async () => {
  const enrolment = await stated();
  const pins = [utf8("1234"), utf8("1234")] as const;
  const proved = await enrolment.proveRenewal({ applet: await openApplet(later), pin: pins[0], previous: { applet: await openApplet(earlier), pin: pins[1] } });
  expect(proved.next).toBe("passkey");
  const [proof] = server.proofs;
  if (!isProof(proof) || proof.previous === undefined) throw new Error("no proof with the earlier certificate was sent");
  const bytes = statementBytes(enrolment.statement);
  expect(await verifies(later.publicKey, fromBase64Url(proof.signature) ?? new Uint8Array(), bytes)).toBe(true);
  expect(await verifies(earlier.publicKey, fromBase64Url(proof.previous.signature) ?? new Uint8Array(), bytes)).toBe(true);
  expect(pins.flatMap((pin) => [...pin]).every((octet) => octet === 0)).toBe(true);
});

test("a wrong PIN of the earlier one may be tried again, and nothing was sent", async () => {
  const enrolment = await stated();
  const [applet, before] = [await openApplet(later), await openApplet(earlier)];
  await expect(enrolment.signRenewal({ applet, pin: "1234", previous: { applet: before, pin: "9999" } })).rejects.toMatchObject({ code: "pin_wrong" });
  expect(server.steps).not.toContain("proof");
  expect((await enrolment.proveRenewal({ applet, pin: "1234", previous: { applet: before, pin: "1234" } })).next).toBe("passkey");
});

test.each([
  ["another member in its place", { certificate: "AAAA", signature: "AAAA", previous: { certificate: "AAAA" } }, false],
  ["both", { certificate: "AAAA", signature: "AAAA", previous: { certificate: "AAAA", signature: "AAAA" } }, true],
])("a proof with %s", (_name, value, expected) => expect(isProof(value)).toBe(expected));
