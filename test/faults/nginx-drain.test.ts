import { readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { beforeEach, expect, test } from "vitest";
import { parse } from "yaml";
import type { ConfigurationFile } from "../../src/config.ts";
import { skipped } from "../support/skipped.ts";
import { type Asked, askerAt, form } from "./nginx-client.ts";
import { type Nginx, noNginx, prepareNginx } from "./nginx-process.ts";
import { nodePlace, startNode } from "./node-process.ts";

/** Two nodes behind deploy/nginx.conf, of which one is drained: nobody who asks something meanwhile notices. */

const { listen: { trusted_proxies: trusted, drain } } = parse(readFileSync("deploy/bridge.yaml", "utf8")) as { listen: Required<NonNullable<ConfigurationFile["listen"]>> };

/** What is asked, and how it is answered by a bridge that serves. Some may be sent again where an answer fails to come, some may not. */
const asked: readonly (readonly [Asked, number])[] = [
  [{ path: "/jwks" }, 200],
  [{ path: "/introspect", method: "POST", headers: form, body: "token=none" }, 400],
];

/** Asks from several connections at once, with pauses of all lengths, until it is stopped. */
function load(nginx: Nginx, parallel: number): { stop(): Promise<{ answered: number; failures: string[] }> } {
  const ask = askerAt(nginx, parallel);
  const stopped = new AbortController();
  const failures: string[] = [];
  let answered = 0;
  const one = async (turn: number): Promise<void> => {
    const [what, expected] = asked[turn % asked.length] ?? [{ path: "/jwks" }, 200];
    const status = await ask(what).then(({ status }) => String(status), (error: NodeJS.ErrnoException) => error.code ?? error.message);
    if (status === String(expected)) answered += 1;
    else failures.push(`${what.path}: ${status}`);
  };
  const all = Promise.all(Array.from({ length: parallel }, async (_, index) => {
    for (let turn = index; !stopped.signal.aborted; turn += 1) {
      await one(turn);
      await wait((turn * 37) % 400);
    }
  }));
  return {
    stop: async () => {
      stopped.abort();
      await all;
      return { answered, failures };
    },
  };
}

beforeEach((context) => {
  if (noNginx !== null) skipped(context)(noNginx);
});

test("no request fails, and the other node serves", async () => {
  const place = nodePlace({ listen: { port: 0, trusted_proxies: trusted, drain } });
  const [nginx, leaving, staying] = [await prepareNginx(), await startNode(place), await startNode(place)];
  await nginx.turnTo([leaving.origin, staying.origin]);
  const under = load(nginx, 24);
  await wait(2000);
  leaving.child.kill("SIGTERM");
  expect(await leaving.ended).toBe(0);
  await wait(2000);
  const { answered, failures } = await under.stop();
  expect(failures).toEqual([]);
  expect(answered).toBeGreaterThan(300);
});
