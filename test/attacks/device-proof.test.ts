import { CompactSign, exportJWK, generateKeyPair, type JWK, SignJWT, UnsecuredJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { randomBytes, toBase64Url, utf8 } from "../../src/bytes.ts";
import type { ErrorCode } from "../../src/errors.ts";
import { Device } from "./device.ts";
import { expectRefused, openAtAccount, type Setting, startSetting } from "./setting.ts";
import { unchangedBy } from "./state.ts";

/** The device with a key that can be exported, so that every proof can be made by hand. */
interface Hand {
  readonly device: Device;
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
  readonly privateJwk: JWK;
}

let setting: Setting;
let hand: Hand;
beforeAll(async () => {
  setting = await startSetting();
  const device = await Device.open(setting.world, (await openAtAccount(setting.world, "other")).link);
  const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
  hand = { device, privateKey, jwk: await exportJWK(publicKey), privateJwk: await exportJWK(privateKey) };
  const claimed = await device.post("claim", { secret: device.secret }, await proof({ htu: device.url("claim") }));
  expect(claimed.status).toBe(200);
});
afterAll(() => setting.close());

const claims = (change: object = {}): Record<string, unknown> => ({ jti: toBase64Url(randomBytes(16)), htm: "POST", htu: hand.device.url("status"), iat: setting.world.now(), ...change });

/** A proof that is right but for what is changed. */
function proof(change: object = {}, header: object = {}): Promise<string> {
  return new SignJWT(claims(change)).setProtectedHeader({ typ: "dpop+jwt", alg: "ES256", jwk: hand.jwk, ...header }).sign(hand.privateKey);
}

async function other(algorithm: string, key?: CryptoKey | Uint8Array, jwk?: JWK): Promise<string> {
  const pair = key === undefined ? await generateKeyPair(algorithm, { extractable: true }) : undefined;
  const shown = jwk ?? (pair === undefined ? hand.jwk : await exportJWK(pair.publicKey));
  return new SignJWT(claims()).setProtectedHeader({ typ: "dpop+jwt", alg: algorithm, jwk: shown }).sign(key ?? pair?.privateKey ?? hand.privateKey);
}

const signedText = (text: string): Promise<string> => new CompactSign(utf8(text)).setProtectedHeader({ typ: "dpop+jwt", alg: "ES256", jwk: hand.jwk }).sign(hand.privateKey);
const encoded = (value: object): string => toBase64Url(utf8(JSON.stringify(value)));
const url = (): string => hand.device.url("status");

const rows: readonly [string, () => Promise<string | null>, ErrorCode][] = [
  ["none", async () => null, "device_proof_invalid"],
  ["empty", async () => "", "device_proof_invalid"],
  ["garbage", async () => "garbage", "device_proof_invalid"],
  ["three empty parts", async () => "..", "device_proof_invalid"],
  ["over 2048 characters", async () => proof({ filler: "a".repeat(2048) }), "device_proof_invalid"],
  ["two proofs in one header", async () => `${await proof()}, ${await proof()}`, "device_proof_invalid"],
  ["another key", () => other("ES256"), "device_key_mismatch"],
  ["our public key, signed by another", async () => other("ES256", (await generateKeyPair("ES256")).privateKey, hand.jwk), "device_proof_invalid"],
  ["no key in the header", async () => new SignJWT(claims()).setProtectedHeader({ typ: "dpop+jwt", alg: "ES256" }).sign(hand.privateKey), "device_proof_invalid"],
  ["a private key in the header", () => proof({}, { jwk: hand.privateJwk }), "device_proof_invalid"],
  ["a symmetric key in the header", () => other("HS256", randomBytes(32), { kty: "oct", k: toBase64Url(randomBytes(32)) }), "device_proof_invalid"],
  ["a key named by kid", () => proof({}, { jwk: undefined, kid: "1" }), "device_proof_invalid"],
  ["alg none", async () => new UnsecuredJWT(claims()).encode(), "device_proof_invalid"],
  ["alg none with the key", async () => `${encoded({ typ: "dpop+jwt", alg: "none", jwk: hand.jwk })}.${encoded(claims())}.`, "device_proof_invalid"],
  ["HS256 by the public key's octets", () => other("HS256", utf8(JSON.stringify(hand.jwk)), hand.jwk), "device_proof_invalid"],
  ["ES384", () => other("ES384"), "device_proof_invalid"],
  ["RS256", () => other("RS256"), "device_proof_invalid"],
  ["EdDSA", () => other("EdDSA"), "device_proof_invalid"],
  ["typ JWT", () => proof({}, { typ: "JWT" }), "device_proof_invalid"],
  ["no typ", () => proof({}, { typ: undefined }), "device_proof_invalid"],
  ["a critical extension", async () => `${encoded({ typ: "dpop+jwt", alg: "ES256", jwk: hand.jwk, crit: ["x"], x: 1 })}.${(await proof()).split(".").slice(1).join(".")}`, "device_proof_invalid"],
  ["signature flipped", async () => (await proof()).replace(/.$/, (last) => (last === "A" ? "Q" : "A")), "device_proof_invalid"],
  ["signature cut", async () => (await proof()).slice(0, -8), "device_proof_invalid"],
  ["claims exchanged after signing", async () => (await proof()).split(".").map((part, index) => (index === 1 ? encoded(claims()) : part)).join("."), "device_proof_invalid"],
  ["claims that are a list", () => signedText(JSON.stringify([claims()])), "device_proof_invalid"],
  ["claims that are null", () => signedText("null"), "device_proof_invalid"],
  ["claims that are no JSON", () => signedText("{"), "device_proof_invalid"],
  ["htm GET", () => proof({ htm: "GET" }), "device_proof_invalid"],
  ["htm post", () => proof({ htm: "post" }), "device_proof_invalid"],
  ["no htm", () => proof({ htm: undefined }), "device_proof_invalid"],
  ["htu of another step", () => proof({ htu: hand.device.url("cancel") }), "device_proof_invalid"],
  ["htu of another transaction", () => proof({ htu: url().replace(hand.device.transaction, toBase64Url(randomBytes(16))) }), "device_proof_invalid"],
  ["htu of another host", () => proof({ htu: url().replace("localhost", "bridge.example") }), "device_proof_invalid"],
  ["htu of another port", () => proof({ htu: url().replace(/:\d+/, ":1") }), "device_proof_invalid"],
  ["htu over https", () => proof({ htu: url().replace("http:", "https:") }), "device_proof_invalid"],
  ["htu with a query", () => proof({ htu: `${url()}?a=1` }), "device_proof_invalid"],
  ["htu with a trailing slash", () => proof({ htu: `${url()}/` }), "device_proof_invalid"],
  ["htu in capitals", () => proof({ htu: url().toUpperCase() }), "device_proof_invalid"],
  ["no htu", () => proof({ htu: undefined }), "device_proof_invalid"],
  ["htu in a list", () => proof({ htu: [url()] }), "device_proof_invalid"],
  ["made 61 seconds ago", () => proof({ iat: setting.world.now() - 62 }), "device_proof_invalid"],
  ["made in 61 seconds", () => proof({ iat: setting.world.now() + 62 }), "device_proof_invalid"],
  ["iat in milliseconds", () => proof({ iat: setting.world.now() * 1000 }), "device_proof_invalid"],
  ["iat as text", () => proof({ iat: String(setting.world.now()) }), "device_proof_invalid"],
  ["no iat", () => proof({ iat: undefined }), "device_proof_invalid"],
  ["no jti", () => proof({ jti: undefined }), "device_proof_invalid"],
  ["a jti of seven characters", () => proof({ jti: "1234567" }), "device_proof_invalid"],
  ["a jti of 129 characters", () => proof({ jti: "a".repeat(129) }), "device_proof_invalid"],
  ["a jti that is a number", () => proof({ jti: 12_345_678 }), "device_proof_invalid"],
];

describe("a DPoP proof of the app", () => {
  test.each(rows)("%s", async (_name, make, code) => {
    const { world } = setting;
    const made = await make();
    const headers = { "content-type": "application/json", accept: "application/json", "accept-language": "en", ...(made !== null && { dpop: made }) };
    const answer = await unchangedBy(world, async () => {
      const response = await fetch(url(), { method: "POST", headers, body: "{}" });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    });
    expectRefused(answer, code);
  });

  test("right in every member is taken", async () => {
    expect((await hand.device.post("status", {}, await proof())).status).toBe(200);
    expect((await hand.device.post("status", {}, await proof({ iat: setting.world.now() - 55 }))).status).toBe(200);
  });

  test("replayed", async () => {
    const made = await proof();
    expect((await hand.device.post("status", {}, made)).status).toBe(200);
    expectRefused(await unchangedBy(setting.world, () => hand.device.post("status", {}, made)), "device_proof_used");
  });

  test("replayed with its identifier in a new proof", async () => {
    const jti = toBase64Url(randomBytes(16));
    await hand.device.post("status", {}, await proof({ jti }));
    expectRefused(await hand.device.post("status", {}, await proof({ jti, iat: setting.world.now() - 1 })), "device_proof_used");
  });

  test("sent twenty times at once counts once", async () => {
    const made = await proof();
    const answers = await Promise.all(Array.from({ length: 20 }, () => hand.device.post("status", {}, made)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const answer of answers.filter(({ status }) => status !== 200)) expectRefused(answer, "device_proof_used");
  });
});
