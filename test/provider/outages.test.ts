import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Provider } from "oidc-provider";
import { expect, test } from "vitest";
import { answerOutages } from "../../src/provider/outages.ts";
import { afterTest } from "../storage/temporary.ts";

/** The database goes away when the library keeps the session: after all else, where it catches nothing itself. */

const outage = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
const rows: readonly (readonly [name: string, failure: Error, accept: string, status: number, retryAfter: string | null, body: RegExp])[] = [
  ["an outage, for a person", outage, "text/html", 503, "10", /^page of service_unavailable$/],
  ["an outage, for a program", outage, "application/json", 503, "10", /^\{"error":"temporarily_unavailable"/],
  ["a fault of the program", new Error("fault"), "text/html", 500, null, /^Internal Server Error$/],
];

test.each(rows)("%s", async (_name, failure, accept, status, retryAfter, body) => {
  const adapter = class {
    async find(): Promise<undefined> {}
    async upsert(): Promise<void> {
      throw failure;
    }
  };
  const provider = new Provider("http://localhost", { adapter: adapter as never, cookies: { keys: ["test"] }, jwks: { keys: [] }, features: { devInteractions: { enabled: false } } });
  provider.on("error" as "server_error", () => undefined);
  answerOutages(provider, async (ctx, { error }) => void (ctx.body = `page of ${error}`));
  const server = createServer(provider.callback()).listen(0, "127.0.0.1");
  await once(server, "listening");
  afterTest(() => void server.close());
  const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/session/end`, { headers: { accept } });
  expect([answer.status, answer.headers.get("retry-after"), answer.headers.get("set-cookie")]).toEqual([status, retryAfter, null]);
  expect(await answer.text()).toMatch(body);
});
