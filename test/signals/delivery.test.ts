import { describe, expect, test } from "vitest";
import { fetchFromRelyingParty } from "../../src/provider/index.ts";
import { type CallRelyingParty, type Outcome, pushEvent, sendLogout } from "../../src/signals/delivery.ts";
import { tokenOf } from "../../src/signals/event-tokens.ts";
import { type Answer, at, issuer, party, sign, startReceiver, verification } from "./delivery-rig.ts";

const token = await sign(tokenOf({ jti: "jti", at, clientId: party, streamId: "stream", message: verification("state") }, issuer, at));
const call: CallRelyingParty = (url, options) => fetchFromRelyingParty(["127.0.0.1"], url, options);

interface Row { readonly name: string; readonly answer: Answer; readonly outcome: Outcome }
const waits = (code: string): Outcome => ({ delivered: false, refused: false, code });
const refused = (code: string): Outcome => ({ delivered: false, refused: true, code });
const rows: readonly Row[] = [
  { name: "202", answer: 202, outcome: { delivered: true } },
  { name: "200", answer: 200, outcome: { delivered: true } },
  { name: "204", answer: 204, outcome: { delivered: true } },
  { name: "201 is none of these", answer: 201, outcome: waits("http_201") },
  { name: "400 that says why (RFC 8935 2.4)", answer: { status: 400, body: `{"err":"invalid_audience","description":"not for me"}` }, outcome: refused("invalid_audience") },
  { name: "400 of a logout token (2.8)", answer: { status: 400, body: `{"error":"invalid_request"}` }, outcome: refused("invalid_request") },
  { name: "400 about who sends it", answer: { status: 400, body: `{"err":"authentication_failed"}` }, outcome: waits("authentication_failed") },
  { name: "400 without a word", answer: 400, outcome: waits("http_400") },
  { name: "400 with no JSON", answer: { status: 400, body: "<html>" }, outcome: waits("http_400") },
  { name: "400 with null", answer: { status: 400, body: "null" }, outcome: waits("http_400") },
  { name: "400 with something of the person for a code", answer: { status: 400, body: `{"err":"Yamada Taro 090-0000"}` }, outcome: waits("unspecified_error") },
  { name: "400 with more than is read", answer: { status: 400, body: JSON.stringify({ pad: "x".repeat(100_000), err: "invalid_request" }) }, outcome: waits("http_400") },
  { name: "401", answer: 401, outcome: waits("http_401") },
  { name: "429", answer: 429, outcome: waits("http_429") },
  { name: "500", answer: 500, outcome: waits("http_500") },
  { name: "503", answer: 503, outcome: waits("http_503") },
];

describe("what a receiver answers", () => {
  test.each(rows)("$name", async ({ answer, outcome }) => {
    const { origin } = await startReceiver(() => answer);
    expect(await pushEvent(call, { endpointUrl: `${origin}/events`, authorization: null }, token)).toEqual(outcome);
    expect(await sendLogout(call, `${origin}/logout`, token)).toEqual(outcome);
  });

  test("nobody there", async () => {
    const { origin, close } = await startReceiver();
    await close();
    expect(await pushEvent(call, { endpointUrl: origin, authorization: null }, token)).toEqual(waits("unreachable"));
  });

  test("a redirect is not followed: the token goes to no other address", async () => {
    const other = await startReceiver();
    const { origin } = await startReceiver(() => ({ status: 307, body: "", location: other.origin }));
    expect(await pushEvent(call, { endpointUrl: origin, authorization: null }, token)).toEqual(waits("http_307"));
    expect(other.seen).toEqual([]);
  });

  test("a private address is not called unless the operator listed its host", async () => {
    const { origin, seen } = await startReceiver();
    const guarded: CallRelyingParty = (url, options) => fetchFromRelyingParty([], url, options);
    expect(await pushEvent(guarded, { endpointUrl: origin, authorization: null }, token)).toEqual(waits("unreachable"));
    expect(seen).toEqual([]);
  });
});

describe("what a receiver gets", () => {
  test("an event: the token alone, and the Authorization header that it wants (RFC 8935 2.1)", async () => {
    const { origin, seen } = await startReceiver();
    await pushEvent(call, { endpointUrl: `${origin}/events`, authorization: "Bearer of-the-receiver" }, token);
    expect(seen).toMatchObject([{ path: "/events", token, headers: { "content-type": "application/secevent+jwt", accept: "application/json", authorization: "Bearer of-the-receiver" } }]);
  });

  test("a logout: a form (Back-Channel Logout 1.0 2.5)", async () => {
    const { origin, seen } = await startReceiver();
    await sendLogout(call, `${origin}/logout`, token);
    expect(seen).toMatchObject([{ path: "/logout", token, headers: { "content-type": "application/x-www-form-urlencoded" } }]);
    expect(seen[0]?.headers.authorization).toBeUndefined();
  });
});
