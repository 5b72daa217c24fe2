import { calculateJwkThumbprint, decodeProtectedHeader, EmbeddedJWK, jwtVerify } from "jose";
import { describe, expect, test, vi } from "vitest";
import { DpopKey } from "../../src/enrolment/dpop.ts";

const now = 1_795_000_000;
const request = { method: "POST", url: "https://bridge.example/enrolment/v1/transactions/t/claim", now };

describe("DPoP, as another implementation reads it", () => {
  test("the proof verifies with the key it carries, and says what it must", async () => {
    const key = await DpopKey.generate();
    const { payload, protectedHeader } = await jwtVerify(await key.prove(request), EmbeddedJWK, { typ: "dpop+jwt", algorithms: ["ES256"] });
    expect(protectedHeader).toEqual({ typ: "dpop+jwt", alg: "ES256", jwk: key.publicKey });
    expect(payload).toEqual({ jti: expect.stringMatching(/^[\w-]{22}$/u), htm: "POST", htu: request.url, iat: now });
  });

  test("the thumbprint is RFC 7638's", async () => {
    const key = await DpopKey.generate();
    expect(key.thumbprint).toBe(await calculateJwkThumbprint({ ...key.publicKey }, "sha256"));
  });

  test.each([
    ["https://bridge.example/a/b?c=d#e", "https://bridge.example/a/b"],
    ["HTTPS://Bridge.Example:443/a", "https://bridge.example/a"],
    ["http://localhost:3000/a", "http://localhost:3000/a"],
  ])("the target of %s is %s", async (url, htu) => {
    const key = await DpopKey.generate();
    const { payload } = await jwtVerify(await key.prove({ ...request, url }), EmbeddedJWK);
    expect(payload["htu"]).toBe(htu);
  });

  test("every proof has an identifier of its own, every enrolment a key of its own", async () => {
    const key = await DpopKey.generate();
    const proofs = await Promise.all([key.prove(request), key.prove(request)]);
    const payloads = await Promise.all(proofs.map(async (proof) => (await jwtVerify(proof, EmbeddedJWK)).payload));
    expect(payloads[0]?.jti).not.toBe(payloads[1]?.jti);
    expect((await DpopKey.generate()).thumbprint).not.toBe(key.thumbprint);
  });

  test("the private half cannot be exported", async () => {
    const generateKey = vi.spyOn(crypto.subtle, "generateKey");
    await DpopKey.generate();
    const pair = await generateKey.mock.results[0]?.value;
    generateKey.mockRestore();
    await expect(crypto.subtle.exportKey("jwk", pair.privateKey)).rejects.toThrow("not extractable");
  });

  test("neither the key nor a proof shows the private half", async () => {
    const key = await DpopKey.generate();
    expect(JSON.parse(JSON.stringify(key))).toEqual({ publicKey: key.publicKey, thumbprint: key.thumbprint });
    expect(Object.keys(decodeProtectedHeader(await key.prove(request))["jwk"] as object)).toEqual(["kty", "crv", "x", "y"]);
  });
});
