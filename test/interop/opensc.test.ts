import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openscCard, type OpenscCard } from "./opensc-card.ts";
import { missingForReader } from "./vpcd-reader.ts";

/** OpenSC, which knows JPKI's applet from real cards, uses our virtual card through pcscd and vpcd. */

const missing = missingForReader("opensc-tool", "pkcs15-tool", "pkcs11-tool", "openssl");
if (missing !== null) process.stderr.write(`skipped: OpenSC with our virtual card, for ${missing}\n`);

const keys = [
  { id: "01", ca: "03", pin: "1234", wrong: "9999", tries: 3, token: "JPKI (User Authentication PIN)", certificate: "User Authentication Certificate" },
  { id: "02", ca: "04", pin: "ABC123", wrong: "WRONG1", tries: 5, token: "JPKI (Digital Signature PIN)", certificate: "Digital Signature Certificate" },
];
type Key = (typeof keys)[number];

describe.runIf(missing === null)("OpenSC and our virtual card", () => {
  let card: OpenscCard;
  const file = (name: string): string => path.join(card.directory, name);

  beforeAll(async () => {
    card = await openscCard();
  });
  afterAll(async () => card.close());

  test("it is a JPKI card to OpenSC with all its drivers", async () => {
    expect(await card.output("env", "--unset=OPENSC_CONF", "opensc-tool", "--name")).toBe("jpki\n");
  });

  test("its four certificates are listed", async () => {
    const list = await card.output("pkcs15-tool", "--list-certificates");
    const labels = [...list.matchAll(/^X\.509 Certificate \[(.+)\]$/gmu)].map(([, label]) => label);
    expect(labels).toEqual(["User Authentication Certificate", "Digital Signature Certificate", "User Authentication Certificate CA", "Digital Signature Certificate CA"]);
  });

  test("the signature certificate is not read without its PIN", async () => {
    expect(await card.run("pkcs15-tool", "--read-certificate", "02")).toMatchObject({ code: 1, stdout: "" });
  });

  test.each(keys)("$certificate is read, with its authority's, and openssl builds the path", async (key) => {
    await readCertificate(key);
    const [certificate, ca] = [file(`${key.id}.pem`), file(`${key.ca}.pem`)];
    writeFileSync(ca, await card.output("pkcs15-tool", "--read-certificate", key.ca));
    expect(await card.output("openssl", "verify", "-trusted", ca, certificate)).toBe(`${certificate}: OK\n`);
  });

  test.each(keys)("PIN $id is verified", async ({ id, pin }) => {
    expect(await card.run("pkcs15-tool", "--verify-pin", "--auth-id", id, "--pin", pin)).toMatchObject({ code: 0 });
  });

  test.each(keys)("key $id signs by PKCS#11, and openssl verifies", async (key) => {
    await readCertificate(key);
    writeFileSync(file("message"), "a message");
    const names = ["--input-file", file("message"), "--output-file", file("signature")];
    await card.output("pkcs11-tool", "--sign", "--mechanism", "SHA256-RSA-PKCS", "--id", key.id, "--login", "--pin", key.pin, "--token-label", key.token, ...names);
    writeFileSync(file("key.pem"), await card.output("openssl", "x509", "-in", file(`${key.id}.pem`), "-noout", "-pubkey"));
    expect(await card.output("openssl", "dgst", "-sha256", "-verify", file("key.pem"), "-signature", file("signature"), file("message"))).toBe("Verified OK\n");
  });

  async function readCertificate({ id, pin }: Key): Promise<void> {
    writeFileSync(file(`${id}.pem`), await card.output("pkcs15-tool", "--read-certificate", id, "--verify-pin", "--auth-id", id, "--pin", pin));
  }

  describe("wrong PINs", () => {
    beforeEach(async () => card.replace());

    test.each(keys)("PIN $id is blocked after $tries wrong ones, also for the right one", async (key) => {
      for (let left = key.tries; left > 0; left -= 1) {
        expect(await triesLeft(key)).toBe(left);
        expect((await verify(key, key.wrong)).stderr).toContain("PIN code or key incorrect");
      }
      expect(await triesLeft(key)).toBe(0);
      expect((await verify(key, key.pin)).stderr).toContain("Authentication method blocked");
    });

    test("the other PIN is not touched, and a right PIN gives all tries back", async () => {
      const [authentication, signature] = keys;
      if (authentication === undefined || signature === undefined) throw new Error("two keys");
      await verify(signature, signature.wrong);
      expect([await triesLeft(authentication), await triesLeft(signature)]).toEqual([3, 4]);
      expect(await verify(signature, signature.pin)).toMatchObject({ code: 0 });
      expect([await triesLeft(authentication), await triesLeft(signature)]).toEqual([3, 5]);
    });

    const verify = ({ id }: Key, pin: string) => card.run("pkcs15-tool", "--verify-pin", "--auth-id", id, "--pin", pin);

    async function triesLeft({ id }: Key): Promise<number> {
      const pins = await card.output("pkcs15-tool", "--list-pins");
      return Number(new RegExp(`ID +: ${id}[^]*?Tries left +: ([0-9]+)`, "u").exec(pins)?.[1]);
    }
  });
});
