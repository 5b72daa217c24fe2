import { errors } from "jose";
import { describe, expect, test } from "vitest";
import { ReplayGuard } from "../../../src/sandbox/demo-service/replay-guard.ts";
import { type AccessChecks, type ApiCall, verifyAccess } from "../../../src/sandbox/demo-service/resource.ts";
import { ath, borrow, holderThumbprint, issuer, keys, now, prove, type Proving, sign, type Signing, unsigned, without } from "./issuer-keys.ts";

const url = "http://localhost:3100/api/reading-list";
const checks = (): AccessChecks => ({ issuer, audience: "http://localhost:3100/api", scope: "reading:list", keys, used: new ReplayGuard(), now });
const good = { iss: issuer, aud: "http://localhost:3100/api", sub: "pairwise", client_id: "demo-service", jti: "t-1", iat: now, exp: now + 600, scope: "reading:list", cnf: { jkt: holderThumbprint }, ial: 3, aal: 2 };
let proofs = 0;

interface Case {
  readonly name: string;
  /** How the token, the proof and the call differ from good ones. */
  readonly token?: Record<string, unknown>;
  readonly drop?: string;
  readonly typ?: string;
  readonly signing?: Signing;
  readonly proof?: Record<string, unknown>;
  readonly dropOfProof?: string;
  readonly proving?: Proving;
  readonly call?: Partial<ApiCall>;
  readonly expected: string;
}

async function callOf({ token, drop = "", typ = "at+jwt", signing, proof, dropOfProof = "", proving, call }: Omit<Case, "name" | "expected">): Promise<ApiCall> {
  const access = await sign(typ, without({ ...good, ...token }, drop), signing);
  const claims = without({ jti: `p-${(proofs += 1)}`, htm: "GET", htu: url, iat: now, ath: ath(access), ...proof }, dropOfProof);
  return { method: "GET", url, authorization: `DPoP ${access}`, proof: await prove(claims, proving), ...call };
}

const cases: readonly Case[] = [
  { name: "everything in order", expected: "ok" },
  { name: "no credentials", call: { authorization: "" }, expected: "401 null authorization" },
  { name: "scheme without a token", call: { authorization: "DPoP" }, expected: "401 invalid_token scheme" },
  { name: "two tokens", call: { authorization: "DPoP a b" }, expected: "401 invalid_token scheme" },
  { name: "a bearer token", call: { authorization: "Bearer abc" }, expected: "401 invalid_token scheme" },
  { name: "not a JWT", call: { authorization: "DPoP abc" }, expected: "401 invalid_token ERR_JWS_INVALID" },
  { name: "no signature", call: { authorization: `DPoP ${unsigned("at+jwt", good)}` }, expected: "401 invalid_token ERR_JOSE_ALG_NOT_ALLOWED" },
  { name: "signed by a stranger", signing: { by: "stranger" }, expected: "401 invalid_token ERR_JWS_SIGNATURE_VERIFICATION_FAILED" },
  { name: "signed by an unknown key", signing: { header: { kid: "other" } }, expected: "401 invalid_token ERR_JWKS_NO_MATCHING_KEY" },
  { name: "an ID token", typ: "JWT", expected: "401 invalid_token ERR_JWT_CLAIM_VALIDATION_FAILED" },
  { name: "of another issuer", token: { iss: "http://localhost:3999" }, expected: "401 invalid_token ERR_JWT_CLAIM_VALIDATION_FAILED" },
  { name: "for another API", token: { aud: "http://localhost:4000/api" }, expected: "401 invalid_token ERR_JWT_CLAIM_VALIDATION_FAILED" },
  { name: "for the client, not the API", token: { aud: "demo-service" }, expected: "401 invalid_token ERR_JWT_CLAIM_VALIDATION_FAILED" },
  { name: "in its last second", token: { exp: now + 1 }, expected: "ok" },
  { name: "expired this second", token: { exp: now }, expected: "401 invalid_token ERR_JWT_EXPIRED" },
  { name: "not valid yet", token: { nbf: now + 60 }, expected: "401 invalid_token ERR_JWT_CLAIM_VALIDATION_FAILED" },
  { name: "without an end", drop: "exp", expected: "401 invalid_token ERR_JWT_CLAIM_VALIDATION_FAILED" },
  { name: "without a subject", drop: "sub", expected: "401 invalid_token sub" },
  { name: "bound to no key", drop: "cnf", expected: "401 invalid_token cnf" },
  { name: "without the scope", token: { scope: "openid reading:lists" }, expected: "403 insufficient_scope scope" },
  { name: "without any scope", drop: "scope", expected: "403 insufficient_scope scope" },
  { name: "with more scopes", token: { scope: "other reading:list" }, expected: "ok" },
  { name: "no proof", call: { proof: "" }, expected: "401 invalid_dpop_proof ERR_JWS_INVALID" },
  { name: "two proofs in one header", call: { proof: "a.b.c, d.e.f" }, expected: "401 invalid_dpop_proof ERR_JWS_INVALID" },
  { name: "proof by another key", proving: { by: "thief" }, expected: "401 invalid_dpop_proof jkt" },
  { name: "proof of another type", proving: { header: { typ: "JWT" } }, expected: "401 invalid_dpop_proof ERR_JWT_CLAIM_VALIDATION_FAILED" },
  { name: "proof without its key", proving: { header: { jwk: undefined } }, expected: "401 invalid_dpop_proof ERR_JWS_INVALID" },
  { name: "proof for another method", proof: { htm: "POST" }, expected: "401 invalid_dpop_proof htm" },
  { name: "proof for another address", proof: { htu: "http://localhost:3100/api/other" }, expected: "401 invalid_dpop_proof htu" },
  { name: "proof for another host", proof: { htu: "http://localhost:4000/api/reading-list" }, expected: "401 invalid_dpop_proof htu" },
  { name: "proof for no address", proof: { htu: "reading-list" }, expected: "401 invalid_dpop_proof htu" },
  { name: "proof with a query in its address", proof: { htu: `${url}?page=1#top` }, expected: "ok" },
  { name: "proof a minute old", proof: { iat: now - 60 }, expected: "ok" },
  { name: "proof older than that", proof: { iat: now - 61 }, expected: "401 invalid_dpop_proof iat" },
  { name: "proof from the future", proof: { iat: now + 61 }, expected: "401 invalid_dpop_proof iat" },
  { name: "proof for another token", proof: { ath: ath("another") }, expected: "401 invalid_dpop_proof ath" },
  { name: "proof for no token", dropOfProof: "ath", expected: "401 invalid_dpop_proof ath" },
  { name: "proof without an identifier", dropOfProof: "jti", expected: "401 invalid_dpop_proof jti" },
  { name: "proof with a huge identifier", proof: { jti: "x".repeat(201) }, expected: "401 invalid_dpop_proof jti" },
];

async function outcomeOf(call: ApiCall, given = checks()): Promise<string> {
  const verdict = await verifyAccess(call, given);
  return verdict.valid ? "ok" : `${verdict.status} ${verdict.error} ${verdict.at}`;
}

describe("the API's decision", () => {
  test.each(cases)("$name", async ({ expected, name: _name, ...changes }) => {
    expect(await outcomeOf(await callOf(changes))).toBe(expected);
  });

  test("the scheme may be written in any case", async () => {
    const call = await callOf({});
    expect(await outcomeOf({ ...call, authorization: call.authorization.replace("DPoP", "dpop") })).toBe("ok");
  });

  test("a proof that shows a key it was not signed with", async () => {
    const call = await callOf({});
    const token = call.authorization.slice(5);
    const proof = await borrow({ jti: "b-1", htm: "GET", htu: url, iat: now, ath: ath(token) });
    expect(await outcomeOf({ ...call, proof })).toBe("401 invalid_dpop_proof ERR_JWS_SIGNATURE_VERIFICATION_FAILED");
  });

  test("a proof counts once, however many come at a time", async () => {
    const call = await callOf({});
    const given = checks();
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => outcomeOf(call, given)));
    expect(outcomes.filter((outcome) => outcome === "ok")).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === "401 invalid_dpop_proof jti")).toHaveLength(19);
  });

  test("a refused call does not use up its proof", async () => {
    const given = checks();
    const call = await callOf({});
    expect(await outcomeOf({ ...call, method: "POST" }, given)).toBe("401 invalid_dpop_proof htm");
    expect(await outcomeOf(call, given)).toBe("ok");
  });

  test("the provider's keys out of reach are an outage, not a bad token", async () => {
    const call = await callOf({});
    for (const failure of [new TypeError("fetch failed"), new errors.JWKSTimeout(), new errors.JOSEError("Expected 200 OK")]) {
      const given = { ...checks(), keys: () => Promise.reject(failure) };
      await expect(verifyAccess(call, given)).rejects.toMatchObject({ code: "service_unavailable" });
    }
  });
});
