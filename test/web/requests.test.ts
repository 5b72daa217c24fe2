import { once } from "node:events";
import { createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout } from "node:timers/promises";
import { Router } from "@koa/router";
import Koa from "koa";
import { describe, expect, test, vi } from "vitest";
import { Refusal } from "../../src/errors.ts";
import { createLogger } from "../../src/log.ts";
import type { Observer } from "../../src/observability/index.ts";
import { noteRefusal, requests } from "../../src/web/requests.ts";
import { afterTest } from "../storage/temporary.ts";

interface Served {
  readonly origin: string;
  readonly lines: Record<string, unknown>[];
  readonly counted: unknown[];
}

async function serve({ trustedProxies = 0, logRequests = true } = {}): Promise<Served> {
  const [lines, counted]: [Record<string, unknown>[], unknown[]] = [[], []];
  const observer: Partial<Observer> = { request: (method, route, status) => void counted.push([method, route, status]), refused: (code) => void counted.push(code) };
  const log = createLogger("info", { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) });
  const router = new Router({ sensitive: true });
  router.use("/people", async (ctx, next) => {
    if (ctx.query["refused"] === undefined) return next();
    ctx.status = 403;
  });
  router.get("/people/:id/name", (ctx) => void (ctx.body = "ok"));
  router.get("/people/:id/wait", (ctx) => {
    ctx.respond = false;
    if (ctx.query["begun"] !== undefined) ctx.res.writeHead(200).write("a part");
  });
  router.get("/people/:id/refused", async (ctx) => {
    if (ctx.query["late"] !== undefined) await once(ctx.res, "close");
    ctx.status = 403;
    noteRefusal(ctx, new Refusal("certificate_revoked", "ocsp"));
  });
  router.post("/people/:id", (ctx) => void (ctx.status = 204));
  const app = new Koa();
  app.silent = true;
  app.use(requests({ log, logRequests, observer: observer as Observer, trustedProxies }));
  app.use(router.routes());
  const server = createServer(app.callback());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  afterTest(() => void server.close());
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, lines, counted };
}

describe("a request is counted and logged by its pattern", () => {
  const rows: readonly (readonly [string, string, string, number])[] = [
    ["GET", "/people/hanako/name", "/people/:id/name", 200],
    ["HEAD", "/people/hanako/name?token=x", "/people/:id/name", 200],
    ["POST", "/people/hanako", "/people/:id", 204],
    ["GET", "/people/hanako/name?refused", "/people/:id/name", 403],
    ["GET", "/people/hanako", "unmatched", 404],
    ["DELETE", "/people/hanako", "unmatched", 404],
    ["GET", "/hanako", "unmatched", 404],
    ["GET", "/", "unmatched", 404],
  ];
  test.each(rows)("%s %s: %s", async (method, path, route, status) => {
    const { origin, lines, counted } = await serve();
    const { headers } = await fetch(`${origin}${path}`, { method });
    expect(counted).toEqual([[method, route, status]]);
    expect(lines).toEqual([{ level: 30, time: expect.any(String), request: headers.get("x-request-id"), method, route, status, ms: expect.any(Number), msg: "request" }]);
  });

  test.each([["nothing", ""], ["a part", "?begun"]])("one whose client breaks off after %s: as nobody saw its end", async (_name, query) => {
    const { origin, lines, counted } = await serve();
    const asked = get(`${origin}/people/hanako/wait${query}`).on("error", () => undefined);
    await setTimeout(100);
    expect(counted).toEqual([]);
    asked.destroy();
    await vi.waitFor(() => expect(counted).toEqual([["GET", "/people/:id/wait", 499]]));
    expect(lines).toMatchObject([{ route: "/people/:id/wait", status: 499, msg: "request" }]);
  });

  test("one that is refused: one line, with its code and reason", async () => {
    const { origin, lines, counted } = await serve();
    await fetch(`${origin}/people/hanako/refused`);
    expect(counted).toEqual(["certificate_revoked", ["GET", "/people/:id/refused", 403]]);
    expect(lines).toMatchObject([{ route: "/people/:id/refused", status: 403, refusal: "certificate_revoked", detail: "ocsp", msg: "refused" }]);
  });

  test("one that is refused after its client broke off: a line that says so, as well", async () => {
    const { origin, lines, counted } = await serve();
    const asked = get(`${origin}/people/hanako/refused?late`).on("error", () => undefined);
    await setTimeout(100);
    asked.destroy();
    await vi.waitFor(() => expect(counted).toEqual([["GET", "/people/:id/refused", 499], "certificate_revoked"]));
    expect(lines).toMatchObject([{ status: 499, msg: "request" }, { status: 499, refusal: "certificate_revoked", detail: "ocsp", msg: "refused" }]);
  });

  test("without a line, where the operator wants none", async () => {
    const { origin, lines, counted } = await serve({ logRequests: false });
    await fetch(`${origin}/people/hanako/name`);
    expect([lines, counted.length]).toEqual([[], 1]);
  });
});

describe("the id of a request", () => {
  const rows: readonly (readonly [name: string, trustedProxies: number, given: string, isTaken: boolean])[] = [
    ["a trusted proxy's", 1, "0123456789abcdefABCDEF-_", true],
    ["a stranger's", 0, "0123456789abcdefABCDEF-_", false],
    ["one that is too short", 1, "short", false],
    ["one that is too long", 1, "a".repeat(65), false],
    ["one with other characters", 1, "0123456789abcdef{\"a\":1}", false],
    ["an empty one", 1, "", false],
  ];
  test.each(rows)("%s", async (_name, trustedProxies, given, isTaken) => {
    const { origin } = await serve({ trustedProxies });
    const id = (await fetch(`${origin}/`, { headers: { "x-request-id": given } })).headers.get("x-request-id");
    if (isTaken) expect(id).toBe(given);
    else expect(id).toMatch(/^[A-Za-z0-9_-]{22}$/u);
  });
});
