import type { Context } from "koa";
import { expect, test } from "vitest";
import type { ErrorCode, Refusal } from "../../src/errors.ts";
import { TokenError } from "../../src/provider/pkcs11/index.ts";
import { failures } from "../../src/web/failures.ts";
import type { WebPorts } from "../../src/web/ports.ts";

const rows: readonly (readonly [name: string, failure: Error, code: ErrorCode, status: number, retryAfter: string | undefined])[] = [
  ["a database that is away", Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }), "service_unavailable", 503, "10"],
  ["a token that does not sign what a poll is to get", new TokenError("token_hung", "no answer"), "service_unavailable", 503, "10"],
  ["a fault of the program", new Error("fault"), "internal_error", 500, undefined],
];

test.each(rows)("%s", async (_name, failure, code, status, retryAfter) => {
  const noted: ErrorCode[] = [];
  const headers = new Map<string, string>();
  const ctx = { path: "/ssf/poll/1", method: "POST", state: { requestId: "1", refuse: (refusal: Refusal) => void noted.push(refusal.code) }, accepts: () => "json", set: (name: string, value: string) => void headers.set(name, value), get: () => "", acceptsLanguages: () => "en", query: {}, cookies: { get: () => undefined }, status: 0 } as unknown as Context;
  const log = { info: () => undefined, error: () => undefined, warn: () => undefined, debug: () => undefined };
  await failures({ log } as unknown as WebPorts)(ctx, () => Promise.reject(failure));
  expect([ctx.status, headers.get("retry-after"), noted]).toEqual([status, retryAfter, [code]]);
});
