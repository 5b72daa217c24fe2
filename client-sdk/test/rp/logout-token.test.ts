import { beforeAll, describe, expect, test } from "vitest";
import { verifyLogoutToken } from "../../src/rp/index.ts";
import { audience, checksOf, commonAttacks, type Forgery, type Issuer, issuer, makeIssuer, now, signedWithPublicKey } from "./issuer.ts";

const event = "http://schemas.openid.net/event/backchannel-logout";

let bridge: Issuer;
beforeAll(async () => {
  bridge = await makeIssuer();
});

const logoutToken = (forgery: Forgery = {}): Promise<string> =>
  bridge.sign({ typ: "logout+jwt", ...forgery.header }, { iss: issuer, aud: audience, iat: now, exp: now + 120, jti: "1", events: { [event]: {} }, sub: "person", sid: "session", ...forgery.claims }, forgery);

describe("a logout token that is taken", () => {
  const rows: [name: string, forgery: Forgery, notice: object][] = [
    ["of one session", {}, { sid: "session", subject: "person" }],
    ["without a subject", { claims: { sub: undefined } }, { sid: "session", subject: null }],
    ["of all sessions of a subject", { claims: { sid: undefined } }, { sid: null, subject: "person" }],
    ["signed by another key of the issuer", { header: { alg: "RS256", kid: "rsa" } }, { sid: "session", subject: "person" }],
    ["for several audiences", { claims: { aud: ["client-2", audience] } }, { sid: "session", subject: "person" }],
    ["from a clock a little ahead", { claims: { iat: now + 29 } }, { sid: "session", subject: "person" }],
    ["with the longest delay", { claims: { iat: now - 180, exp: now } }, { sid: "session", subject: "person" }],
    ["its type written in full", { header: { typ: "application/logout+jwt" } }, { sid: "session", subject: "person" }],
  ];
  test.for(rows)("%s", async ([, forgery, notice]) => {
    expect(await verifyLogoutToken(await logoutToken(forgery), checksOf(bridge))).toEqual({ valid: true, ...notice });
  });
});

describe("a logout token that is refused", () => {
  const rows: [name: string, forgery: Forgery, reason: string][] = [
    ...commonAttacks("logout+jwt"),
    ["a security event token", { header: { typ: "secevent+jwt" } }, "type"],
    ["expired", { claims: { exp: now - 31 } }, "expired"],
    ["without an end", { claims: { exp: undefined } }, "malformed"],
    ["stale, whatever its end", { claims: { iat: now - 181, exp: now + 9000 } }, "stale"],
    ["another event", { claims: { events: { "https://other.example": {} } } }, "events"],
    ["an event that is no object", { claims: { events: { [event]: true } } }, "events"],
    ["about nobody", { claims: { sub: undefined, sid: undefined } }, "subject"],
    ["sid a number", { claims: { sid: 7 } }, "subject"],
    ["sub empty", { claims: { sub: "" } }, "subject"],
  ];
  test.for(rows)("%s", async ([, forgery, reason]) => {
    const used: string[] = [];
    const verdict = await verifyLogoutToken(await logoutToken(forgery), checksOf(bridge, (id) => used.push(id) > 0));
    expect(verdict).toEqual({ valid: false, reason });
    expect(used).toEqual([]);
  });

  test("signed with the public key as a secret, though HS256 be listed", async () => {
    const token = await signedWithPublicKey(await logoutToken(), "logout+jwt", bridge.publicKey);
    expect(await verifyLogoutToken(token, { ...checksOf(bridge), algorithms: ["HS256", "none"] })).toEqual({ valid: false, reason: "algorithm" });
  });

  test("the second time", async () => {
    const checks = checksOf(bridge);
    const token = await logoutToken();
    expect([await verifyLogoutToken(token, checks), await verifyLogoutToken(token, checks)]).toMatchObject([{ valid: true }, { reason: "replayed" }]);
  });

  test("when it is remembered, until after it would be stale", async () => {
    const remembered: [string, number][] = [];
    await verifyLogoutToken(await logoutToken(), checksOf(bridge, (id, until) => remembered.push([id, until]) > 0));
    expect(remembered).toEqual([[`${issuer} 1`, now + 210]]);
  });

  test("not for want of keys: that is no verdict on the token", async () => {
    const keys = () => Promise.reject(new TypeError("fetch failed"));
    expect(await verifyLogoutToken(await logoutToken(), { ...checksOf(bridge), keys })).toEqual({ valid: false, reason: "keys_unavailable" });
  });
});
