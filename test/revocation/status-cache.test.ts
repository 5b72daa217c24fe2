import { expect, test } from "vitest";
import { hangs, sends, startServer } from "./servers.ts";
import { outcome, responder, service, subject, testClock } from "./world.ts";
import { revoked, unknown } from "../certificates/ocsp-factory.ts";

/** How long an answer is used again. */

const down = sends("", "text/plain", 503);

type Step = readonly [after: number, expected: string, requests: number, maximumAge?: number];
interface Case {
  readonly name: string;
  readonly single?: Parameters<typeof responder>[0];
  /** Seconds between thisUpdate and nextUpdate. */
  readonly validFor?: number;
  readonly goodCacheSeconds?: number;
  /** Whether the responder is down after the first answer. */
  readonly thenDown?: boolean;
  readonly steps: readonly Step[];
}

const cases: readonly Case[] = [
  { name: "good is used for five minutes", steps: [[0, "good by ocsp", 1], [299, "good by ocsp", 1], [1, "good by ocsp", 2], [299, "good by ocsp", 2]] },
  { name: "good is not used past its nextUpdate", validFor: 100, steps: [[0, "good by ocsp", 1], [99, "good by ocsp", 1], [1, "good by ocsp", 2]] },
  { name: "good is used as short as configured", goodCacheSeconds: 10, steps: [[0, "good by ocsp", 1], [9, "good by ocsp", 1], [1, "good by ocsp", 2]] },
  { name: "good ends with the outage that follows", thenDown: true, steps: [[0, "good by ocsp", 1], [299, "good by ocsp", 1], [1, "status_unavailable", 2]] },
  { name: "fresher than the cache", steps: [[0, "good by ocsp", 1], [60, "good by ocsp", 1, 60], [1, "good by ocsp", 2, 60], [0, "good by ocsp", 2, 0]] },
  { name: "fresher than the cache in an outage", thenDown: true, steps: [[0, "good by ocsp", 1], [10, "status_unavailable", 2, 5], [0, "good by ocsp", 2, 60]] },
  {
    name: "revoked is for ever",
    single: { status: revoked(1_700_000_000, 1) },
    thenDown: true,
    steps: [[0, "revoked by ocsp", 1], [86_400, "revoked by ocsp", 1], [365 * 86_400, "revoked by ocsp", 1, 0]],
  },
  { name: "hold is asked again each time", single: { status: revoked(1_700_000_000, 6) }, steps: [[0, "hold by ocsp", 1], [0, "hold by ocsp", 2]] },
  { name: "hold stands in an outage", single: { status: revoked(1_700_000_000, 6) }, thenDown: true, steps: [[0, "hold by ocsp", 1], [9000, "hold by ocsp", 2]] },
  { name: "unknown is asked again each time", single: { status: unknown }, thenDown: true, steps: [[0, "unknown by ocsp", 1], [0, "status_unavailable", 2]] },
];

test.each(cases)("$name", async ({ single = {}, validFor = 3600, goodCacheSeconds = 300, thenDown = false, steps }) => {
  const clock = testClock();
  let answered = 0;
  const server = await startServer((request, response) => {
    answered += 1;
    if (thenDown && answered > 1) return down(request, response);
    return responder({ nextUpdate: clock() + validFor, ...single }, clock)(request, response);
  });
  const status = service({ responders: [{ url: server.url }], clock, goodCacheSeconds });
  for (const [after, expected, requests, maximumAge] of steps) {
    clock.advance(after);
    expect(await outcome(status, clock(), maximumAge)).toBe(expected);
    expect(server.requests()).toBe(requests);
  }
});

test("a hold that is lifted is good again; one that becomes a revocation stays", async () => {
  const clock = testClock();
  const server = await startServer(responder({ status: revoked(1_700_000_000, 6) }, clock));
  const status = service({ responders: [{ url: server.url }], clock });
  expect(await outcome(status, clock())).toBe("hold by ocsp");
  server.behave(responder({}, clock));
  expect(await outcome(status, clock())).toBe("good by ocsp");
  server.behave(responder({ status: revoked(1_700_000_000, 6) }, clock));
  clock.advance(300);
  expect(await outcome(status, clock())).toBe("hold by ocsp");
  server.behave(responder({ status: revoked(1_700_000_000, 1) }, clock));
  expect(await outcome(status, clock())).toBe("revoked by ocsp");
  server.behave(responder({}, clock));
  clock.advance(86_400);
  expect(await outcome(status, clock())).toBe("revoked by ocsp");
});

test("a cached answer keeps the time of its question", async () => {
  const clock = testClock();
  const server = await startServer(responder({}, clock));
  const status = service({ responders: [{ url: server.url }], clock });
  const first = await status.check(subject, clock());
  const asked = clock();
  clock.advance(100);
  expect(await status.check(subject, clock())).toEqual(first);
  expect(first).toMatchObject({ value: { checkedAt: asked, thisUpdate: asked } });
  expect(status.snapshot()).toMatchObject({ cacheHits: 1, queries: { ocsp: 1 }, answers: { good: 1 } });
});

test("20 checks at once are one question", async () => {
  const server = await startServer(responder());
  const status = service({ responders: [{ url: server.url }] });
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => outcome(status)));
  expect(new Set(outcomes)).toEqual(new Set(["good by ocsp"]));
  expect(server.requests()).toBe(1);
  expect(status.snapshot()).toMatchObject({ shared: 19, queries: { ocsp: 1 } });
});

test("20 checks at once in an outage are one question and one outage", async () => {
  const server = await startServer(hangs);
  const status = service({ responders: [{ url: server.url }], totalDeadlineMs: 100 });
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => outcome(status)));
  expect(new Set(outcomes)).toEqual(new Set(["status_unavailable"]));
  expect(server.requests()).toBe(1);
  expect(status.snapshot().unavailable).toBe(1);
});
