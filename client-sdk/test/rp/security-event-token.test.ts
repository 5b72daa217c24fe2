import { beforeAll, describe, expect, test } from "vitest";
import { verifySecurityEventToken } from "../../src/rp/index.ts";
import { audience, checksOf, commonAttacks, type Forgery, type Issuer, issuer, makeIssuer, now, signedWithPublicKey } from "./issuer.ts";

const revoked = "https://schemas.openid.net/secevent/caep/event-type/session-revoked";
const subject = { format: "iss_sub", iss: issuer, sub: "person" };

let bridge: Issuer;
beforeAll(async () => {
  bridge = await makeIssuer();
});

const eventToken = (forgery: Forgery = {}): Promise<string> =>
  bridge.sign({ typ: "secevent+jwt", ...forgery.header }, { iss: issuer, aud: audience, iat: now, jti: "1", events: { [revoked]: { event_timestamp: now } }, sub_id: subject, txn: "7", ...forgery.claims }, forgery);

describe("a security event token that is taken", () => {
  const told = { valid: true, jti: "1", issuedAt: now, transaction: "7", subject, events: [{ type: revoked, members: { event_timestamp: now } }] };
  const rows: [name: string, forgery: Forgery, verdict: object][] = [
    ["of a session", {}, told],
    ["outside a transaction", { claims: { txn: undefined } }, { ...told, transaction: null }],
    ["two weeks late", { claims: { iat: now - 1_209_600 } }, { ...told, issuedAt: now - 1_209_600 }],
    ["of two events", { claims: { events: { [revoked]: {}, "urn:other": {} } } }, { ...told, events: [{ type: revoked, members: {} }, { type: "urn:other", members: {} }] }],
    ["about the stream", { claims: { sub_id: { format: "opaque", id: "stream" } } }, { ...told, subject: { format: "opaque", id: "stream" } }],
  ];
  test.for(rows)("%s", async ([, forgery, verdict]) => {
    expect(await verifySecurityEventToken(await eventToken(forgery), checksOf(bridge))).toEqual(verdict);
  });
});

describe("a security event token that is refused", () => {
  const rows: [name: string, forgery: Forgery, reason: string][] = [
    ...commonAttacks("secevent+jwt"),
    ["a logout token", { header: { typ: "logout+jwt" } }, "type"],
    ["with an end, as an ID token has", { claims: { exp: now + 60 } }, "forbidden_claim"],
    ["with a subject, as an ID token has", { claims: { sub: "person" } }, "forbidden_claim"],
    ["more than two weeks late", { claims: { iat: now - 1_209_631 } }, "stale"],
    ["an event that is no object", { claims: { events: { [revoked]: {}, "urn:other": "x" } } }, "events"],
    ["about nobody", { claims: { sub_id: undefined } }, "subject"],
    ["about a subject of another issuer", { claims: { sub_id: { ...subject, iss: "https://other.example" } } }, "subject"],
    ["about a subject without a name", { claims: { sub_id: { format: "iss_sub", iss: issuer } } }, "subject"],
    ["about a subject in a format that is not known", { claims: { sub_id: { format: "email", email: "a@example" } } }, "subject"],
    ["a transaction that is no text", { claims: { txn: 7 } }, "malformed"],
  ];
  test.for(rows)("%s", async ([, forgery, reason]) => {
    const used: string[] = [];
    const verdict = await verifySecurityEventToken(await eventToken(forgery), checksOf(bridge, (id) => used.push(id) > 0));
    expect(verdict).toEqual({ valid: false, reason });
    expect(used).toEqual([]);
  });

  test("signed with the public key as a secret", async () => {
    const token = await signedWithPublicKey(await eventToken(), "secevent+jwt", bridge.publicKey);
    expect(await verifySecurityEventToken(token, checksOf(bridge))).toEqual({ valid: false, reason: "algorithm" });
  });

  test("the second time, also when both come at once", async () => {
    const checks = checksOf(bridge);
    const token = await eventToken();
    const verdicts = await Promise.all([verifySecurityEventToken(token, checks), verifySecurityEventToken(token, checks)]);
    expect(verdicts.filter(({ valid }) => valid)).toHaveLength(1);
    expect(verdicts).toContainEqual({ valid: false, reason: "replayed" });
  });
});
