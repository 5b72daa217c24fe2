import { describe, expect, test } from "vitest";
import { Refusal } from "../../src/errors.ts";
import { countEdgeLine, type EdgeLines, edgeLinesPerSecond, isOfTheEdge, noEdgeLines } from "../../src/web/line-limit.ts";

describe("whether strangers can have as many of it as they like", () => {
  const rows: readonly (readonly [name: string, refusal: Refusal, route: string, isOfTheEdge: boolean])[] = [
    ["a limit, before any route", new Refusal("rate_limited", "limit requests", 30), "unmatched", true],
    ["a limit of a route", new Refusal("transaction_too_many", "limit reached", 60), "/account/enrolment", true],
    ["the limit of all together, though it is answered 503", new Refusal("service_unavailable", "limit total", 1), "unmatched", true],
    ["a process that ends, though it is answered 503", new Refusal("service_unavailable", "the process ends", 2), "unmatched", true],
    ["an outage", new Refusal("service_unavailable", "the database has no room"), "/account", false],
    ["an outage, before any route", new Refusal("service_unavailable", "the database has no room"), "unmatched", false],
    ["a fault of the bridge, before any route", new Refusal("internal_error", "TypeError"), "unmatched", false],
    ["no source of status", new Refusal("status_unavailable"), "/enrolment/v1/proof", false],
    ["what no route takes", new Refusal("not_found", "no route"), "unmatched", true],
    ["what a route does not find", new Refusal("not_found", "no such passkey"), "/account/passkeys/:id", false],
    ["a body that is too large", new Refusal("request_too_large", "body"), "/account/passkey", true],
    ["a body that is malformed", new Refusal("invalid_request", "body"), "/account/passkey", true],
    ["a body of another type", new Refusal("unsupported_media_type", "expected application/json"), "/account/passkey", true],
    ["a method that a path does not have", new Refusal("method_not_allowed", "DELETE"), "/token", true],
    ["a certificate", new Refusal("certificate_revoked", "ocsp"), "/enrolment/v1/proof", false],
    ["a form of another site", new Refusal("cross_site_request", "origin"), "/account/hold", false],
  ];
  test.each(rows)("%s", (_name, refusal, route, expected) => {
    expect(isOfTheEdge(refusal, route)).toBe(expected);
  });
});

describe("of so many refusals at these times are written and left out", () => {
  const most = edgeLinesPerSecond;
  const rows: readonly (readonly [name: string, times: readonly (readonly [at: number, count: number])[], written: number, leftOut: EdgeLines["leftOut"]])[] = [
    ["none", [], 0, {}],
    ["one", [[7, 1]], 1, {}],
    ["as many as may be", [[7, most]], most, {}],
    ["one more", [[7, most + 1]], most, { rate_limited: 1 }],
    ["a thousand in a second", [[7, 500], [7.5, 500]], most, { rate_limited: 1000 - most }],
    ["a thousand, and the next second", [[7, 1000], [8, 1000]], 2 * most, { rate_limited: 2000 - 2 * most }],
    ["a second begins with its first refusal", [[7.9, most], [8.1, 5], [8.9, 5]], most + 5, { rate_limited: 5 }],
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

  test("each by its code, for all of them one number of lines", () => {
    let lines = noEdgeLines;
    const codes = ["rate_limited", "not_found", "rate_limited", "invalid_request"] as const;
    for (let index = 0; index < most + 8; index += 1) lines = countEdgeLine(lines, codes[index % 4] ?? "not_found", 7).lines;
    expect(lines).toEqual({ since: 7, written: most, leftOut: { rate_limited: 4, not_found: 2, invalid_request: 2 } });
  });
});
