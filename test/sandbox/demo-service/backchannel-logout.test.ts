import { describe, expect, test } from "vitest";
import { type LogoutTokenChecks, verifyLogoutToken } from "../../../src/sandbox/demo-service/backchannel-logout.ts";
import { ReplayGuard } from "../../../src/sandbox/demo-service/replay-guard.ts";
import { issuer, keys, now, sign, type Signing, unsigned, without } from "./issuer-keys.ts";

const event = "http://schemas.openid.net/event/backchannel-logout";
const checks = (): LogoutTokenChecks => ({ issuer, audience: "demo-service", keys, used: new ReplayGuard(), now });
const good = { iss: issuer, aud: "demo-service", sub: "pairwise", sid: "s-1", iat: now, exp: now + 120, jti: "l-1", events: { [event]: {} } };

interface Case {
  readonly name: string;
  readonly claims?: Record<string, unknown>;
  readonly drop?: string;
  readonly typ?: string;
  readonly signing?: Signing;
  readonly expected: object | string;
}

const cases: readonly Case[] = [
  { name: "one session", expected: { sid: "s-1" } },
  { name: "all sessions of a subject", drop: "sid", expected: { subject: "pairwise" } },
  { name: "a session, subject not named", drop: "sub", expected: { sid: "s-1" } },
  { name: "several audiences, ours among them", claims: { aud: ["other", "demo-service"] }, expected: { sid: "s-1" } },
  { name: "signed by a stranger", signing: { by: "stranger" }, expected: "ERR_JWS_SIGNATURE_VERIFICATION_FAILED" },
  { name: "signed by an unknown key", signing: { header: { kid: "other" } }, expected: "ERR_JWKS_NO_MATCHING_KEY" },
  { name: "an ID token", typ: "JWT", expected: "ERR_JWT_CLAIM_VALIDATION_FAILED" },
  { name: "of another issuer", claims: { iss: "http://localhost:3999" }, expected: "ERR_JWT_CLAIM_VALIDATION_FAILED" },
  { name: "for another client", claims: { aud: "other" }, expected: "ERR_JWT_CLAIM_VALIDATION_FAILED" },
  { name: "expired, within what clocks may differ", claims: { exp: now - 29 }, expected: { sid: "s-1" } },
  { name: "expired", claims: { exp: now - 30 }, expected: "ERR_JWT_EXPIRED" },
  { name: "without an end", drop: "exp", expected: "ERR_JWT_CLAIM_VALIDATION_FAILED" },
  { name: "without a time", drop: "iat", expected: "ERR_JWT_CLAIM_VALIDATION_FAILED" },
  { name: "long ago", claims: { iat: now - 181, exp: now + 600 }, expected: "ERR_JWT_EXPIRED" },
  { name: "from the future", claims: { iat: now + 31 }, expected: "ERR_JWT_CLAIM_VALIDATION_FAILED" },
  { name: "without an identifier", drop: "jti", expected: "ERR_JWT_CLAIM_VALIDATION_FAILED" },
  { name: "with an empty identifier", claims: { jti: "" }, expected: "jti" },
  { name: "without events", drop: "events", expected: "events" },
  { name: "of another event", claims: { events: { "http://schemas.openid.net/event/other": {} } }, expected: `events.${event}` },
  { name: "with an event that is no object", claims: { events: { [event]: true } }, expected: `events.${event}` },
  { name: "with a nonce, as only ID tokens have", claims: { nonce: "n" }, expected: "nonce" },
  { name: "with a nonce that is null", claims: { nonce: null }, expected: "nonce" },
  { name: "with an empty session", claims: { sid: "" }, expected: "sid" },
];

async function outcomeOf(token: string, given = checks()): Promise<object | string> {
  const verdict = await verifyLogoutToken(token, given);
  return verdict.valid ? verdict.value : verdict.at;
}

describe("a logout token", () => {
  test.each(cases)("$name", async ({ claims, drop = "", typ = "logout+jwt", signing, expected }) => {
    const token = await sign(typ, without({ ...good, ...claims }, drop), signing);
    expect(await outcomeOf(token)).toEqual(expected);
  });

  test("that names nobody", async () => {
    expect(await outcomeOf(await sign("logout+jwt", without(without(good, "sid"), "sub")))).toBe("sid");
  });

  test.each([
    ["nothing", "", "ERR_JWS_INVALID"],
    ["no JWT", "abc", "ERR_JWS_INVALID"],
    ["no signature", unsigned("logout+jwt", good), "ERR_JOSE_ALG_NOT_ALLOWED"],
  ])("%s", async (_name, token, expected) => {
    expect(await outcomeOf(token)).toBe(expected);
  });

  test("counts once, even when it comes twenty times together", async () => {
    const token = await sign("logout+jwt", good);
    const given = checks();
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => outcomeOf(token, given)));
    expect(outcomes.filter((outcome) => outcome === "jti")).toHaveLength(19);
  });

  test("the provider's keys out of reach are an outage", async () => {
    const given = { ...checks(), keys: () => Promise.reject(new TypeError("fetch failed")) };
    await expect(verifyLogoutToken(await sign("logout+jwt", good), given)).rejects.toMatchObject({ code: "service_unavailable" });
  });
});
