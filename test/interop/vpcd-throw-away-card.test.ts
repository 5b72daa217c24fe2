import { verify, X509Certificate } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { SoftwareSecureElement, JpkiApplet, type KeyUse, type SecureElementImage } from "@jpki-bridge/client-sdk";
import { orThrow } from "../../src/errors.ts";
import { isSandboxAuthority } from "../../src/jpki/sandbox-marker.ts";
import { parseCertificate } from "../../src/pki/certificate.ts";
import { fromBase64Url, toBase64, utf8 } from "../../src/bytes.ts";
import { sha256 } from "../../client-sdk/src/bytes.ts";
import { makeThrowAwayImage, testPins } from "../../client-sdk/src/simulator/index.ts";
import { runCli } from "../cli/run-cli.ts";

/** The simulator's throw-away certificates, judged by the bridge's own validation. */

const uses = [
  { use: "authentication", profile: "jpki-user-authentication", policy: "1.2.392.200149.8.5.1.0.30", other: "jpki-signature" },
  { use: "signature", profile: "jpki-signature", policy: "1.2.392.200149.8.5.1.0.20", other: "jpki-user-authentication" },
] as const;

let image: SecureElementImage;
beforeAll(async () => {
  image = await makeThrowAwayImage("good-card");
});

describe.each(uses)("the $use certificate", ({ use, profile, policy, other }) => {
  test("is one of its profile under a policy of the test environment", async () => {
    expect(await judge(use, { profile, policies: [policy] })).toEqual({ id: use, valid: true, code: null, path: expect.any(Array) });
  });

  test.each([
    ["by the production policies", { profile }, "policy_refused"],
    ["for the other use", { profile: other, policies: [policy] }, "key_usage_refused"],
    ["a year later", { profile, policies: [policy], time: new Date(Date.now() + 366 * 86_400_000).toISOString() }, "certificate_expired"],
  ])("is refused %s", async (_, line, code) => {
    expect(await judge(use, line)).toMatchObject({ valid: false, code });
  });

  test("its authority carries the sandbox's mark, which no production configuration accepts", () => {
    expect(isSandboxAuthority(der(image[use]?.caCertificate))).toBe(true);
  });

  test("its key is the one that the card signs with", async () => {
    const applet = await JpkiApplet.select(new SoftwareSecureElement(image));
    await applet.verifyPin(use, testPins[use]);
    const message = utf8("a message");
    const signature = await applet.sign(use, await sha256(message));
    expect(verify("sha256", message, new X509Certificate(await applet.readCertificate(use)).publicKey, signature)).toBe(true);
  });
});

test("the signature certificate says who its holder is, the authentication certificate does not", () => {
  expect(attributesOf("authentication")).toEqual([]);
  // Name, its substitute characters, gender, birth date, address, its substitute characters.
  expect(attributesOf("signature")).toEqual([
    "1.2.392.200149.8.5.5.1 見本　太郎",
    "1.2.392.200149.8.5.5.2 00000",
    "1.2.392.200149.8.5.5.3 1",
    "1.2.392.200149.8.5.5.4 319850412",
    "1.2.392.200149.8.5.5.5 東京都千代田区見本町一丁目１番１号",
    "1.2.392.200149.8.5.5.6 00000000000000000",
  ]);
});

function attributesOf(use: KeyUse): string[] {
  const names = orThrow(parseCertificate(der(image[use]?.certificate))).extensions.subjectAltName ?? [];
  return names.map((name) => (name.kind === "otherName" ? `${name.type} ${utf8StringIn(name.value)}` : name.kind));
}

/** The text of a DER UTF8String of less than 128 octets. */
function utf8StringIn(value: Uint8Array): string {
  expect([value[0], value[1]]).toEqual([0x0c, value.length - 2]);
  return new TextDecoder().decode(value.subarray(2));
}

async function judge(use: KeyUse, line: object): Promise<unknown> {
  const certificate = toBase64(der(image[use]?.certificate));
  const trust_anchors = [toBase64(der(image[use]?.caCertificate))];
  const input = JSON.stringify({ id: use, certificate, trust_anchors, time: new Date().toISOString(), ...line });
  return JSON.parse((await runCli(["certificate", "verify", "--batch"], ".", {}, input)).stdout);
}

function der(text: string | undefined): Uint8Array {
  return fromBase64Url(text ?? "") ?? new Uint8Array();
}
