import { exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT, UnsecuredJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { randomBytes, toBase64Url, utf8 } from "../../src/bytes.ts";
import { RawParty } from "./raw-party.ts";
import { type Setting, startSetting } from "./setting.ts";
import { unchangedBy } from "./state.ts";

const type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
let setting: Setting;
let party: RawParty;
let other: RawParty;
let privateKey: CryptoKey;
let publicKey: CryptoKey;
let otherKey: CryptoKey;
beforeAll(async () => {
  setting = await startSetting();
  ({ privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true }));
  const second = await generateKeyPair("ES256", { extractable: true });
  otherKey = second.privateKey;
  const jwks = async (key: CryptoKey): Promise<{ keys: JWK[] }> => ({ keys: [{ ...(await exportJWK(key)), kid: "1", use: "sig", alg: "ES256" }] });
  party = await RawParty.register(setting.world, { authentication: "private_key_jwt", jwks: (await jwks(publicKey)) as never });
  other = await RawParty.register(setting.world, { authentication: "private_key_jwt", jwks: (await jwks(second.publicKey)) as never });
});
afterAll(() => setting.close());

const seconds = (): number => Math.floor(Date.now() / 1000);
const claims = (change: object = {}): Record<string, unknown> => ({ iss: party.clientId, sub: party.clientId, aud: setting.world.issuer, jti: toBase64Url(randomBytes(16)), iat: seconds(), exp: seconds() + 60, ...change });
const assertion = (change: object = {}, key = privateKey, header: object = {}): Promise<string> => new SignJWT(claims(change)).setProtectedHeader({ alg: "ES256", kid: "1", ...header }).sign(key);

const push = (client_assertion: string | string[], more: Record<string, string> = {}) => party.push({ client_assertion, client_assertion_type: type, ...more }, { authorization: "" });

const rows: readonly [string, () => Promise<string>][] = [
  ["by another client's key", () => assertion({}, otherKey)],
  ["by another client's key, in its name", () => assertion({ iss: other.clientId, sub: other.clientId }, otherKey)],
  ["about another client", () => assertion({ iss: other.clientId, sub: other.clientId })],
  ["by one client about another", () => assertion({ sub: other.clientId })],
  ["for another audience", () => assertion({ aud: "https://bridge.example" })],
  ["for no audience", () => assertion({ aud: undefined })],
  ["past its time", () => assertion({ iat: seconds() - 600, exp: seconds() - 300 })],
  ["without an end", () => assertion({ exp: undefined })],
  ["that would have to be remembered for years", () => assertion({ exp: seconds() + 3 * 365 * 86_400 })],
  ["that would have to be remembered for ever", () => assertion({ exp: 1e300 })],
  ["without an identifier", () => assertion({ jti: undefined })],
  ["not yet good", () => assertion({ nbf: seconds() + 600 })],
  ["unsigned", async () => new UnsecuredJWT(claims()).encode()],
  ["signed with the public key as a secret", async () => new SignJWT(claims()).setProtectedHeader({ alg: "HS256", kid: "1" }).sign(utf8(await exportSPKI(publicKey)))],
  ["with garbage", async () => "garbage"],
  ["with nothing", async () => ""],
];

describe("a client assertion", () => {
  test("that is right lets the client push", async () => {
    expect((await push(await assertion())).status).toBe(201);
  });

  test.each(rows)("%s", async (_name, make) => {
    const made = await make();
    const reply = await unchangedBy(setting.world, () => push(made));
    expect([400, 401]).toContain(reply.status);
    expect(["invalid_client", "invalid_request"]).toContain(reply.body["error"]);
    expect(reply.body["request_uri"]).toBeUndefined();
  });

  test("replayed", async () => {
    const made = await assertion();
    expect((await push(made)).status).toBe(201);
    expect((await unchangedBy(setting.world, () => push(made))).body["error"]).toBe("invalid_client");
  });

  test("beside a secret, or twice", async () => {
    const made = await assertion();
    const both = await unchangedBy(setting.world, () => party.push({ client_assertion: made, client_assertion_type: type }, { authorization: `Basic ${Buffer.from(`${party.clientId}:x`).toString("base64")}` }));
    expect(both.status).toBe(400);
    expect((await unchangedBy(setting.world, async () => push([made, await assertion()]))).status).toBe(400);
  });

  test("of a client that must use its key is not replaced by a secret", async () => {
    const reply = await unchangedBy(setting.world, () => party.push({}, { authorization: `Basic ${Buffer.from(`${party.clientId}:secret`).toString("base64")}` }));
    expect({ status: reply.status, error: reply.body["error"] }).toEqual({ status: 401, error: "invalid_client" });
  });
});
