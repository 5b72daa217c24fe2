import { describe, expect, test } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { mayBringAlong, rateLimit } from "../../src/web/rate-limit.ts";
import { temporaryStorage } from "../storage/temporary.ts";
import { serve, type Served } from "./serve.ts";

const limits = { requests_per_minute: 100, sensitive_per_minute: 100, total_per_second: 1000 };
const limited = (changed: Partial<typeof limits>): Promise<Served> => serve([rateLimit({ limits: { ...limits, ...changed }, clock: systemClock, storage: temporaryStorage() }, async (ctx) => ctx.get("session") || null)], () => ({ passed: true }), { proxy: true });
const from = (address: string, method = "GET"): RequestInit => ({ method, headers: { "x-forwarded-for": address } });
/** How so many requests end: the code, or "passed". */
async function outcomes(served: Served, count: number, path: string, init: RequestInit): Promise<string[]> {
  const ends: string[] = [];
  for (let index = 0; index < count; index += 1) ends.push(String((await served.ask(path, init)).body["code"] ?? "passed"));
  return ends;
}
const passed = (list: readonly string[]): number => list.filter((end) => end === "passed").length;

describe("limits", () => {
  test("one address may so much a minute, and is told when to come again", async () => {
    const served = await limited({ requests_per_minute: 3 });
    expect(await outcomes(served, 4, "/", from("192.0.2.1"))).toEqual(["passed", "passed", "passed", "rate_limited"]);
    const { body } = await served.ask("/", from("192.0.2.1"));
    expect(body["retryAfter"]).toBeGreaterThanOrEqual(1);
    expect(body["retryAfter"]).toBeLessThanOrEqual(60);
    expect(await outcomes(served, 1, "/", from("192.0.2.2"))).toEqual(["passed"]);
  });

  test("what starts or proves something has a limit of its own; reading and tokens have not", async () => {
    const served = await limited({ sensitive_per_minute: 2 });
    expect(passed(await outcomes(served, 2, "/interaction/x/passkey", from("192.0.2.1", "POST")))).toBe(2);
    for (const path of ["/interaction/x/passkey", "/enrolment/v1/transactions/x/claim", "/account/passkeys/x/remove", "/account"]) expect(await outcomes(served, 1, path, from("192.0.2.1", "POST"))).toEqual(["rate_limited"]);
    expect(passed(await outcomes(served, 5, "/interaction/x", from("192.0.2.1")))).toBe(5);
    expect(passed(await outcomes(served, 5, "/token", from("192.0.2.1", "POST")))).toBe(5);
    expect(passed(await outcomes(served, 2, "/account", from("192.0.2.2", "POST")))).toBe(2);
  });

  test("what a page brings along takes from the same: with nothing left it comes without, and is not refused", async () => {
    const limit = rateLimit({ limits: { ...limits, sensitive_per_minute: 2 }, clock: systemClock, storage: temporaryStorage() }, async () => null);
    const served = await serve([limit, async (ctx) => void (ctx.body = { brought: await mayBringAlong(ctx) })], undefined, { proxy: true });
    const brought: unknown[] = [];
    for (let index = 0; index < 3; index += 1) brought.push((await served.ask("/interaction/x", from("192.0.2.1"))).body["brought"]);
    expect(brought).toEqual([true, true, false]);
    expect(await outcomes(served, 1, "/interaction/x/passkey/options", from("192.0.2.1", "POST"))).toEqual(["rate_limited"]);
    expect((await served.ask("/interaction/x", from("192.0.2.2"))).body["brought"]).toBe(true);
  });

  const protective = ["hold", "erase", "confirm/passkey/options", "confirm/passkey", "passkeys/x/suspend", "passkeys/x/surrender", "passkeys/x/remove", "certificates/x/unlink", "activity/x/report"].map((path) => `/account/${path}`);
  const inSession = (session: string): RequestInit => ({ method: "POST", headers: { "x-forwarded-for": "192.0.2.1", session } });

  test.each(protective)("%s is limited by its account session, whatever else its address tried", async (path) => {
    const served = await limited({ sensitive_per_minute: 2 });
    expect(await outcomes(served, 3, "/account/passkey", from("192.0.2.1", "POST"))).toEqual(["passed", "passed", "rate_limited"]);
    expect(await outcomes(served, 1, path, from("192.0.2.1", "POST"))).toEqual(["rate_limited"]);
    expect(await outcomes(served, 3, path, inSession("one"))).toEqual(["passed", "passed", "rate_limited"]);
    expect(await outcomes(served, 1, path, inSession("another"))).toEqual(["passed"]);
  });

  test.each(["/account/passkey", "/account/passkey/options", "/account/enrolment", "/account/passkeys/x/rename", "/account/hold/more", "/Account/hold", "/interaction/x/passkey"])("%s is not, session or none", async (path) => {
    const served = await limited({ sensitive_per_minute: 2 });
    await outcomes(served, 2, "/account/passkey", from("192.0.2.1", "POST"));
    expect(await outcomes(served, 1, path, inSession("one"))).toEqual(["rate_limited"]);
  });

  test("all together may so much a second: then the service is busy", async () => {
    const served = await limited({ total_per_second: 5 });
    const ends = await Promise.all(Array.from({ length: 40 }, (_, index) => served.ask("/", from(`192.0.2.${index}`))));
    const codes = ends.map(({ body }) => body["code"] ?? "passed");
    expect(codes.filter((code) => code === "passed").length).toBeLessThan(40);
    expect(codes.filter((code) => code === "rate_limited")).toEqual([]);
    expect(ends.find(({ body }) => body["code"] === "service_unavailable")?.body["retryAfter"]).toBe(1);
  });

  test("one address that is over its limit does not use up what all share", async () => {
    const served = await limited({ requests_per_minute: 3, total_per_second: 20 });
    await Promise.all(Array.from({ length: 60 }, () => served.ask("/", from("192.0.2.1"))));
    expect(await outcomes(served, 3, "/", from("192.0.2.2"))).toEqual(["passed", "passed", "passed"]);
  });

  test("addresses of one IPv6 network are one: its owner has 2^64 of them", async () => {
    const served = await limited({ requests_per_minute: 3 });
    const ends: string[] = [];
    for (const address of ["2001:db8:1:2::1", "2001:db8:1:2::2", "2001:0db8:0001:0002:ffff::3", "2001:db8:1:2:3:4:5:6"]) ends.push(...(await outcomes(served, 1, "/", from(address))));
    expect(ends).toEqual(["passed", "passed", "passed", "rate_limited"]);
    expect(await outcomes(served, 1, "/", from("2001:db8:1:3::1"))).toEqual(["passed"]);
  });

  test("IPv4 addresses written as IPv6 ones are the IPv4 ones, each its own", async () => {
    const served = await limited({ requests_per_minute: 1 });
    expect(await outcomes(served, 1, "/", from("::ffff:192.0.2.1"))).toEqual(["passed"]);
    expect(await outcomes(served, 1, "/", from("192.0.2.1"))).toEqual(["rate_limited"]);
    expect(await outcomes(served, 1, "/", from("::ffff:192.0.2.2"))).toEqual(["passed"]);
  });

  test("probes are never limited", async () => {
    const served = await limited({ requests_per_minute: 1, total_per_second: 1 });
    await served.ask("/", from("192.0.2.1"));
    for (const path of ["/healthz", "/readyz"]) expect(passed(await outcomes(served, 5, path, from("192.0.2.1")))).toBe(5);
  });
});
