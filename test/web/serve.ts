import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import Koa, { type Context, type Middleware } from "koa";
import { Refusal } from "../../src/errors.ts";
import { afterTest } from "../storage/temporary.ts";

/** What a middleware refused with, as JSON; what it let through answers 200 with what `answer` gives. */
export interface Served {
  readonly url: string;
  /** One request; redirects are not followed. */
  ask(path: string, init?: RequestInit): Promise<{ status: number; headers: Headers; body: Record<string, unknown> }>;
}

/** Serves middlewares on a free port of loopback until the test is over. */
export async function serve(middlewares: readonly Middleware[], answer: (ctx: Context) => unknown = () => ({}), options: ConstructorParameters<typeof Koa>[0] = {}): Promise<Served> {
  const app = new Koa(options);
  app.silent = true;
  app.use(async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      ctx.status = 418;
      ctx.body = { code: error.code, detail: error.detail, retryAfter: error.retryAfter ?? null };
    }
  });
  for (const middleware of middlewares) app.use(middleware);
  app.use((ctx) => {
    ctx.body = answer(ctx);
  });
  const server = createServer(app.callback());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  afterTest(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    ask: async (path, init = {}) => {
      const response = await fetch(`${url}${path}`, { redirect: "manual", ...init });
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: (text.startsWith("{") ? JSON.parse(text) : { text }) as Record<string, unknown> };
    },
  };
}
