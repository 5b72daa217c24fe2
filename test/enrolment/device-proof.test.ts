import { calculateJwkThumbprint, CompactSign, exportJWK, generateKeyPair, type JWK } from "jose";
import { beforeAll, describe, expect, test } from "vitest";
import { utf8 } from "../../src/bytes.ts";
import { verifyDeviceProof } from "../../src/enrolment/device-proof.ts";
import type { Storage } from "../../src/storage/index.ts";
import { temporaryStorage } from "../storage/temporary.ts";

const now = 1_800_000_000;
const url = "https://bridge.example/enrolment/v1/transactions/t/claim";
const target = { method: "POST", url, now };

type Keys = Awaited<ReturnType<typeof generateKeyPair>>;
let device: Keys;
let other: Keys;
let rsa: Keys;
let p384: Keys;
beforeAll(async () => {
  device = await generateKeyPair("ES256", { extractable: true });
  other = await generateKeyPair("ES256", { extractable: true });
  rsa = await generateKeyPair("RS256", { extractable: true });
  p384 = await generateKeyPair("ES384", { extractable: true });
});

let count = 0;
const claims = (): Record<string, unknown> => ({ jti: `device-proof-${(count += 1)}`, htm: "POST", htu: url, iat: now });

interface Making {
  readonly claims?: Record<string, unknown>;
  readonly header?: Record<string, unknown>;
  readonly body?: string;
  readonly keys?: Keys;
  readonly shown?: JWK;
  readonly alg?: string;
}
async function proof({ claims: changed = {}, header = {}, body, keys = device, shown, alg = "ES256" }: Making = {}): Promise<string> {
  const jwk = shown ?? (await exportJWK(keys.publicKey));
  const text = body ?? JSON.stringify({ ...claims(), ...changed });
  return new CompactSign(utf8(text)).setProtectedHeader({ alg, typ: "dpop+jwt", jwk, ...header }).sign(keys.privateKey, { crit: { b65: true } });
}
const withoutJwk = async (): Promise<string> => new CompactSign(utf8(JSON.stringify(claims()))).setProtectedHeader({ alg: "ES256", typ: "dpop+jwt" }).sign(device.privateKey);
const flipped = (text: string): string => text.slice(0, -3) + (text.at(-3) === "A" ? "B" : "A") + text.slice(-2);
const none = (): string => [{ alg: "none", typ: "dpop+jwt" }, claims()].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".") + ".";
const hmac = async (): Promise<string> => new CompactSign(utf8(JSON.stringify(claims()))).setProtectedHeader({ alg: "HS256", typ: "dpop+jwt", jwk: await exportJWK(device.publicKey) }).sign(new Uint8Array(32));

describe("a proof by the device's key", () => {
  test("gives the key's thumbprint (RFC 7638)", async () => {
    const thumbprint = await calculateJwkThumbprint(await exportJWK(device.publicKey), "sha256");
    expect(await verifyDeviceProof(await proof(), target, temporaryStorage())).toBe(thumbprint);
  });

  test("members of the key that say nothing about it change nothing", async () => {
    const shown = { ...(await exportJWK(device.publicKey)), kid: "anything", use: "sig" };
    expect(await verifyDeviceProof(await proof({ shown }), target, temporaryStorage())).toBe(await verifyDeviceProof(await proof(), target, temporaryStorage()));
  });

  const inTime = [-60, -59, 0, 59, 60];
  test.each(inTime)("made %d seconds from now counts", async (offset) => {
    await expect(verifyDeviceProof(await proof({ claims: { iat: now + offset } }), target, temporaryStorage())).resolves.toHaveLength(43);
  });

  const invalid: [string, string, () => Promise<string | undefined> | string][] = [
    ["none at all", "DPoP header missing or too long", async () => undefined],
    ["empty", "signature or header", () => ""],
    ["no JWS", "signature or header", () => "a.b.c"],
    ["over 2048 characters", "DPoP header missing or too long", () => proof({ claims: { filler: "x".repeat(2048) } })],
    ["a flipped signature", "signature or header", async () => flipped(await proof())],
    ["signed by another key than the one shown", "signature or header", async () => proof({ keys: other, shown: await exportJWK(device.publicKey) })],
    ["no key shown", "signature or header", withoutJwk],
    ["a private key shown", "signature or header", async () => proof({ shown: await exportJWK(device.privateKey) })],
    ["a secret shown as key", "signature or header", async () => proof({ shown: { kty: "oct", k: "AAAA" } })],
    ["algorithm none", "signature or header", none],
    ["HS256 keyed with anything", "signature or header", hmac],
    ["RS256", "signature or header", () => proof({ keys: rsa, alg: "RS256" })],
    ["ES384", "signature or header", () => proof({ keys: p384, alg: "ES384" })],
    ["another typ", "signature or header", () => proof({ header: { typ: "JWT" } })],
    ["no typ", "signature or header", () => proof({ header: { typ: undefined } })],
    ["an unknown critical header", "signature or header", () => proof({ header: { crit: ["b65"], b65: true } })],
    ["another method", "htm or htu", () => proof({ claims: { htm: "GET" } })],
    ["the method in small letters", "htm or htu", () => proof({ claims: { htm: "post" } })],
    ["another step", "htm or htu", () => proof({ claims: { htu: url.replace("claim", "proof") } })],
    ["another issuer", "htm or htu", () => proof({ claims: { htu: url.replace("bridge", "evil") } })],
    ["a query", "htm or htu", () => proof({ claims: { htu: `${url}?x=1` } })],
    ["no URL", "htm or htu", () => proof({ claims: { htu: undefined } })],
    ["61 seconds old", "iat", () => proof({ claims: { iat: now - 61 } })],
    ["61 seconds ahead", "iat", () => proof({ claims: { iat: now + 61 } })],
    ["the time as text", "iat", () => proof({ claims: { iat: String(now) } })],
    ["no time", "iat", () => proof({ claims: { iat: undefined } })],
    ["no jti", "jti", () => proof({ claims: { jti: undefined } })],
    ["a short jti", "jti", () => proof({ claims: { jti: "1234567" } })],
    ["a long jti", "jti", () => proof({ claims: { jti: "x".repeat(129) } })],
    ["jti that is no text", "jti", () => proof({ claims: { jti: 12_345_678 } })],
    ["a payload that is no JSON", "signature or header", () => proof({ body: "{" })],
    ["a payload that is null", "signature or header", () => proof({ body: "null" })],
    ["a payload that is text", "signature or header", () => proof({ body: '"jti"' })],
    ["a payload that is a list", "jti", () => proof({ body: "[]" })],
  ];
  test.each(invalid)("%s: device_proof_invalid (%s), and nothing is stored", async (_name, detail, make) => {
    const storage = temporaryStorage();
    await expect(verifyDeviceProof(await make(), target, storage)).rejects.toMatchObject({ code: "device_proof_invalid", detail });
    expect(await storage.artifacts.count("DeviceProof", 0)).toBe(0);
  });
});

describe("a proof counts once", () => {
  const code = async (storage: Storage, text: string, at = now): Promise<string> => {
    try {
      await verifyDeviceProof(text, { ...target, now: at }, storage);
      return "accepted";
    } catch (error) {
      return (error as { code: string }).code;
    }
  };

  test("of 20 at once one is accepted", async () => {
    const storage = temporaryStorage();
    const text = await proof();
    const answers = await Promise.all(Array.from({ length: 20 }, () => code(storage, text)));
    expect(answers.filter((answer) => answer === "accepted")).toHaveLength(1);
    expect(answers.filter((answer) => answer === "device_proof_used")).toHaveLength(19);
  });

  test("as long as it is in time it is remembered, through every sweep", async () => {
    const storage = temporaryStorage();
    const text = await proof({ claims: { iat: now + 60 } });
    expect(await code(storage, text)).toBe("accepted");
    for (const at of [now + 1, now + 60, now + 120]) {
      await storage.artifacts.sweep(at, 100);
      expect(await code(storage, text, at)).toBe("device_proof_used");
    }
    await storage.artifacts.sweep(now + 121, 100);
    expect(await code(storage, text, now + 121)).toBe("device_proof_invalid");
  });

  test("the same jti under another key is another proof", async () => {
    const storage = temporaryStorage();
    const jti = "the-same-jti";
    expect(await code(storage, await proof({ claims: { jti } }))).toBe("accepted");
    expect(await code(storage, await proof({ claims: { jti }, keys: other }))).toBe("accepted");
    expect(await code(storage, await proof({ claims: { jti, iat: now + 1 } }))).toBe("device_proof_used");
  });
});
