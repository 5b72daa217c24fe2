import { createECDH, sign } from "node:crypto";
import { expect, test } from "vitest";
import { concatBytes } from "../../src/bytes.ts";
import { parsePublicKey } from "../../src/pki/public-key.ts";
import { isEcdsaP1363Signature } from "../../src/pki/signature.ts";
import { curveOid, publicKeyOid } from "../../src/pki/oid.ts";
import { oid } from "../certificates/der-writer.ts";
import { testKey } from "../certificates/keys.ts";

const data = Uint8Array.of(1, 2, 3);
const hex = (text: string) => Uint8Array.from(Buffer.from(text, "hex"));

const curves = [
  ["p256", curveOid.p256, "prime256v1", hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")],
  ["p384", curveOid.p384, "secp384r1", hex("ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973")],
  ["p521", curveOid.p521, "secp521r1", hex("01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409")],
] as const;

test.each(curves)("ECDSA with r and s side by side: %s", (kind, curve, name, order) => {
  const { spki, privateKey } = testKey(kind);
  const parsed = parsePublicKey({ spki, keyBits: spki.subarray(-(1 + 2 * order.length)), algorithm: publicKeyOid.ecPublicKey, parameters: oid(curve) });
  if (!parsed.valid || parsed.value.kind !== "ec") return expect.fail("key");
  const key = parsed.value;
  const check = (signature: Uint8Array) => isEcdsaP1363Signature(key, "sha256", data, signature);
  const signature = sign("sha256", data, { key: privateKey, dsaEncoding: "ieee-p1363" });
  const r = signature.subarray(0, order.length);
  const s = signature.subarray(order.length);
  const zero = new Uint8Array(order.length);
  expect(check(signature)).toBe(true);
  expect([concatBytes(zero, s), concatBytes(r, zero), concatBytes(order, s), concatBytes(r, order), concatBytes(s, r)].map(check)).not.toContain(true);
  // The order is the least private key that the curve does not have.
  expect(() => createECDH(name).setPrivateKey(order)).toThrow();
  const greatest = Uint8Array.from(order);
  greatest[order.length - 1] = (greatest[order.length - 1] ?? 0) - 1;
  expect(() => createECDH(name).setPrivateKey(greatest)).not.toThrow();
  return undefined;
});
