import { beforeAll, describe, expect, test } from "vitest";
import { concatBytes, fromHex, toHex, utf8 } from "../../src/bytes.ts";
import { checkDigestInfo, sha256DigestInfo } from "../../src/applet/digest-info.ts";
import { RsaSigningKey } from "../../src/software/rsa.ts";
import { newKeyPair, verifies, type KeyPair } from "../support/fixtures.ts";

const message = utf8("message");
const prefixes = {
  "SHA-256": "3031300d060960864801650304020105000420",
  "SHA-384": "3041300d060960864801650304020205000430",
  "SHA-512": "3051300d060960864801650304020305000440",
} as const;

async function digestInfo(hash: keyof typeof prefixes): Promise<Uint8Array> {
  return concatBytes(fromHex(prefixes[hash]) ?? new Uint8Array(), new Uint8Array(await crypto.subtle.digest(hash, message)));
}

let pair: KeyPair;
beforeAll(async () => {
  pair = await newKeyPair();
});

describe("RsaSigningKey", () => {
  test.each(["SHA-256", "SHA-384", "SHA-512"] as const)("signs a DigestInfo of %s as WebCrypto verifies it", async (hash) => {
    const own = await newKeyPair(hash);
    const signature = new RsaSigningKey(own.privateJwk).sign(await digestInfo(hash));
    expect(signature).toHaveLength(256);
    expect(await verifies(own.publicKey, signature ?? new Uint8Array(), message)).toBe(true);
    expect(await verifies(own.publicKey, signature ?? new Uint8Array(), utf8("another"))).toBe(false);
  });

  test("gives the same signature whatever the blinding, and the one WebCrypto gives", async () => {
    const key = new RsaSigningKey(pair.privateJwk);
    const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
    const reference = await crypto.subtle.importKey("jwk", pair.privateJwk, algorithm, false, ["sign"]);
    const expected = toHex(new Uint8Array(await crypto.subtle.sign(algorithm.name, reference, message)));
    const info = await digestInfo("SHA-256");
    for (let round = 0; round < 8; round += 1) expect(toHex(key.sign(info) ?? new Uint8Array())).toBe(expected);
  });

  test.each(["dp", "dq", "qi"] as const)("a fault in the half of %s gives no signature", async (member) => {
    const faulty = new RsaSigningKey({ ...pair.privateJwk, [member]: "AQAB" });
    expect(faulty.sign(await digestInfo("SHA-256"))).toBeNull();
  });

  test("shows none of its key", () => {
    const key = new RsaSigningKey(pair.privateJwk);
    expect(Reflect.ownKeys(key)).toEqual([]);
    expect(JSON.stringify(key)).toBe("{}");
  });

  test.each<[string, (jwk: JsonWebKey) => JsonWebKey]>([
    ["a public key", ({ kty, n, e }) => ({ kty, n, e }) as JsonWebKey],
    ["an elliptic curve key", (jwk) => ({ ...jwk, kty: "EC" })],
    ["primes of another modulus", (jwk) => ({ ...jwk, p: jwk.q ?? "" })],
    ["a short modulus", (jwk) => ({ ...jwk, n: "AQAB", p: "AQAB", q: "AQ" })],
    ["a member that is no base64url", (jwk) => ({ ...jwk, dp: "=" })],
    ["an empty member", (jwk) => ({ ...jwk, qi: "" })],
  ])("refuses %s", (_, change) => {
    expect(() => new RsaSigningKey(change(pair.privateJwk))).toThrow(TypeError);
  });
});

describe("DigestInfo", () => {
  test("of SHA-256 is RFC 8017's", () => {
    expect(toHex(sha256DigestInfo(new Uint8Array(32)))).toBe(`${prefixes["SHA-256"]}${"00".repeat(32)}`);
  });

  test.each([0, 20, 31, 33, 64])("is not made of %i octets", (length) => {
    expect(() => sha256DigestInfo(new Uint8Array(length))).toThrow(RangeError);
  });

  test.each<[string, string, ReturnType<typeof checkDigestInfo>]>([
    ["SHA-256", `${prefixes["SHA-256"]}${"00".repeat(32)}`, "valid"],
    ["SHA-384", `${prefixes["SHA-384"]}${"00".repeat(48)}`, "valid"],
    ["SHA-512", `${prefixes["SHA-512"]}${"00".repeat(64)}`, "valid"],
    ["nothing", "", "wrong_length"],
    ["a bare digest", "00".repeat(32), "wrong_length"],
    ["one octet less", `${prefixes["SHA-256"]}${"00".repeat(31)}`, "wrong_length"],
    ["one octet more", `${prefixes["SHA-256"]}${"00".repeat(33)}`, "wrong_length"],
    ["SHA-1", `3021300906052b0e03021a05000414${"00".repeat(20)}`, "wrong_length"],
    ["another algorithm in the same length", `3031300d060960864801650304020205000420${"00".repeat(32)}`, "malformed"],
    ["as many zeros", "00".repeat(51), "malformed"],
  ])("%s", (_, hex, expected) => {
    expect(checkDigestInfo(fromHex(hex) ?? new Uint8Array())).toBe(expected);
  });
});
