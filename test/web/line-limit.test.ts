import { describe, expect, test } from "vitest";
import { Refusal } from "../../src/errors.ts";
import { countEdgeLine, type EdgeLines, edgeLinesPerSecond, edgeOf, isHealthyProbe, noEdgeLines } from "../../src/web/line-limit.ts";

describe("what strangers can cause as often as they like is counted, by code or probe", () => {
  const rows: readonly (readonly [name: string, refusal: Refusal | null, route: string, edge: string | null])[] = [
    ["a limit, before any route", new Refusal("rate_limited", "limit requests", 30), "unmatched", "rate_limited"],
    ["a limit of a route", new Refusal("transaction_too_many", "limit reached", 60), "/account/enrolment", "transaction_too_many"],
    ["the limit of all together, though it is answered 503", new Refusal("service_unavailable", "limit total", 1), "unmatched", "service_unavailable"],
    ["a process that ends, though it is answered 503", new Refusal("service_unavailable", "the process ends", 2), "unmatched", "service_unavailable"],
    ["an outage", new Refusal("service_unavailable", "the database has no room"), "/account", null],
    ["an outage, before any route", new Refusal("service_unavailable", "the database has no room"), "unmatched", null],
    ["a fault of the bridge, before any route", new Refusal("internal_error", "TypeError"), "unmatched", null],
    ["no source of status", new Refusal("status_unavailable"), "/enrolment/v1/proof", null],
    ["what no route takes", new Refusal("not_found", "no route"), "unmatched", "not_found"],
    ["what a route does not find", new Refusal("not_found", "no such passkey"), "/account/passkeys/:id", null],
    ["a body that is too large", new Refusal("request_too_large", "body"), "/account/passkey", "request_too_large"],
    ["a body that is malformed", new Refusal("invalid_request", "body"), "/account/passkey", "invalid_request"],
    ["a body of another type", new Refusal("unsupported_media_type", "expected application/json"), "/account/passkey", "unsupported_media_type"],
    ["a method that a path does not have", new Refusal("method_not_allowed", "DELETE"), "/token", "method_not_allowed"],
    ["a certificate", new Refusal("certificate_revoked", "ocsp"), "/enrolment/v1/proof", null],
    ["a form of another site", new Refusal("cross_site_request", "origin"), "/account/hold", null],
    ["what was answered", null, "/account", null],
    ["what broke off before any route", null, "unmatched", null],
    ["a probe: no limit counts it", null, "/readyz", "/readyz"],
    ["the other probe", null, "/healthz", "/healthz"],
    ["a probe that met a fault", new Refusal("internal_error", "TypeError"), "/readyz", null],
  ];
  test.each(rows)("%s", (_name, refusal, route, expected) => {
    expect(edgeOf(route, refusal)).toBe(expected);
  });
});

describe("a probe says nothing to the operator", () => {
  const rows: readonly (readonly [name: string, route: string, status: number, isHealthyProbe: boolean])[] = [
    ["that is answered 200", "/healthz", 200, true],
    ["for readiness that is answered 200", "/readyz", 200, true],
    ["unless it is not ready", "/readyz", 503, false],
    ["unless nobody waited for the answer", "/healthz", 499, false],
    ["unless it is none", "/account", 200, false],
  ];
  test.each(rows)("%s", (_name, route, status, expected) => {
    expect(isHealthyProbe(route, status)).toBe(expected);
  });
});

describe("of so many at these times are written and left out", () => {
  const most = edgeLinesPerSecond;
  const rows: readonly (readonly [name: string, times: readonly (readonly [at: number, count: number])[], written: number, leftOut: EdgeLines["leftOut"]])[] = [
    ["none", [], 0, {}],
    ["one", [[7, 1]], 1, {}],
    ["as many as may be", [[7, most]], most, {}],
    ["one more", [[7, most + 1]], most, { rate_limited: 1 }],
    ["a thousand in a second", [[7, 500], [7.5, 500]], most, { rate_limited: 1000 - most }],
    ["a thousand, and the next second", [[7, 1000], [8, 1000]], 2 * most, { rate_limited: 2000 - 2 * most }],
    ["a second begins with its first", [[7.9, most], [8.1, 5], [8.9, 5]], most + 5, { rate_limited: 5 }],
    ["after a long silence", [[7, most], [70_000, most]], 2 * most, {}],
  ];
  test.each(rows)("%s", (_name, times, written, leftOut) => {
    let [lines, count] = [noEdgeLines, 0];
    for (const at of times.flatMap(([time, amount]) => Array.from({ length: amount }, () => time))) {
      const counted = countEdgeLine(lines, "rate_limited", at);
      lines = counted.lines;
      if (counted.isWritten) count += 1;
    }
    expect([count, lines.leftOut]).toEqual([written, leftOut]);
  });

  test("each by what it is counted as, for all of them one number of lines", () => {
    let lines = noEdgeLines;
    const edges = ["rate_limited", "not_found", "rate_limited", "/readyz"];
    for (let index = 0; index < most + 8; index += 1) lines = countEdgeLine(lines, edges[index % 4] ?? "", 7).lines;
    expect(lines).toEqual({ since: 7, written: most, leftOut: { rate_limited: 4, not_found: 2, "/readyz": 2 } });
  });
});
