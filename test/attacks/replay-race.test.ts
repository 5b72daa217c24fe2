import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { randomBytes, toBase64Url } from "../../src/bytes.ts";
import { agree, personWith, ProofKey, RawParty, userinfo } from "./raw-party.ts";
import { type Setting, startSetting } from "./setting.ts";

let setting: Setting;
beforeAll(async () => {
  setting = await startSetting();
});
afterAll(() => setting.close());

describe("of twenty at once one counts", () => {
  test("the same DPoP proof at userinfo", async () => {
    const { world } = setting;
    const key = await ProofKey.generate();
    const party = await RawParty.register(world);
    const bound = await RawParty.register(world, { dpopBound: true });
    const person = await personWith(world, party);
    await agree(person, bound);
    const { body } = await bound.exchange(await bound.code(person.browser), {}, { dpop: await key.prove("POST", `${world.issuer}/token`) });
    const token = String(body["access_token"]);
    const proof = { authorization: `DPoP ${token}`, dpop: await key.prove("GET", `${world.issuer}/userinfo`, token) };
    const replies = await Promise.all(Array.from({ length: 20 }, () => userinfo(world, proof)));
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const { status } of replies.filter(({ status }) => status !== 200)) expect([400, 401]).toContain(status);
  });

  test("the same client assertion", async () => {
    const { world } = setting;
    const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
    const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: "1", use: "sig", alg: "ES256" }] };
    const party = await RawParty.register(world, { authentication: "private_key_jwt", jwks: jwks as never });
    const now = Math.floor(Date.now() / 1000);
    const client_assertion = await new SignJWT({ iss: party.clientId, sub: party.clientId, aud: world.issuer, jti: toBase64Url(randomBytes(16)), iat: now, exp: now + 60 }).setProtectedHeader({ alg: "ES256", kid: "1" }).sign(privateKey);
    const client_assertion_type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    const replies = await Promise.all(Array.from({ length: 20 }, () => party.push({ client_assertion, client_assertion_type }, { authorization: "" })));
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(1);
    for (const { status } of replies.filter(({ status }) => status !== 201)) expect([400, 401]).toContain(status);
  });
});
