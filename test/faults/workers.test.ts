import { Agent, get } from "node:http";
import { describe, expect, test } from "vitest";
import { afterTest } from "../storage/temporary.ts";
import { until } from "../signals/delivery-rig.ts";
import { nodePlace, startNode } from "./node-process.ts";
import { isWorker, linux, workersOf } from "./worker-processes.ts";

/** Several processes at one address: killed, replaced, broken. */

/** Asks again and again, over connections that are kept alive, until it is stopped; how many were answered, and what failed. */
function load(url: string, parallel: number): { stop(): Promise<{ answered: number; failures: string[] }> } {
  const agent = new Agent({ keepAlive: true, maxSockets: parallel });
  afterTest(() => agent.destroy());
  const stopped = new AbortController();
  let answered = 0;
  const failures: string[] = [];
  const one = (): Promise<void> => new Promise((resolve) => {
    get(url, { agent }, (response) => {
      if (response.statusCode === 200) answered += 1;
      else failures.push(String(response.statusCode));
      response.resume();
      response.once("close", resolve);
    }).once("error", (error: NodeJS.ErrnoException) => {
      failures.push(error.code ?? error.message);
      resolve();
    });
  });
  const all = Promise.all(Array.from({ length: parallel }, async () => {
    while (!stopped.signal.aborted) await one();
  }));
  return {
    stop: async () => {
      stopped.abort();
      await all;
      return { answered, failures };
    },
  };
}

describe.skipIf(!linux)("four workers (where there is /proc)", () => {
  test("one that is killed is there again; all end with exit code 0", async () => {
    const node = await startNode(nodePlace(), "--workers", "4");
    const before = workersOf(node);
    expect(before).toHaveLength(4);
    const [killed = 0] = before;
    process.kill(killed, "SIGKILL");
    await until(async () => workersOf(node).filter((id) => !before.includes(id)).length === 1, 10_000);
    expect(workersOf(node)).toHaveLength(4);
    expect((await fetch(`${node.origin}/healthz`)).status).toBe(200);
    node.child.kill("SIGTERM");
    expect(await node.ended).toBe(0);
    expect(before.filter(isWorker)).toEqual([]);
  });

  test("replaced one after another under load: no request fails", async () => {
    const node = await startNode(nodePlace({ listen: { port: 0, drain: { announce: 1, limit: 10 } } }), "--workers", "2");
    const before = workersOf(node);
    const under = load(`${node.origin}/jwks`, 8);
    for (let time = 1; time <= 2; time += 1) {
      node.child.kill("SIGHUP");
      await until(async () => node.said().split("the workers were replaced").length > time, 40_000);
    }
    const { answered, failures } = await under.stop();
    expect(failures).toEqual([]);
    expect(answered).toBeGreaterThan(100);
    expect(workersOf(node).filter((id) => before.includes(id))).toEqual([]);
    expect(workersOf(node)).toHaveLength(2);
  });

  test("they end when the supervisor is killed: nothing is left to answer with old settings", async () => {
    const node = await startNode(nodePlace(), "--workers", "2");
    const workers = workersOf(node);
    node.child.kill("SIGKILL");
    await node.ended;
    await until(async () => !workers.some(isWorker), 10_000);
  });
});

describe("told to read the configuration anew", () => {
  test("what it says counts from then on", async () => {
    const where = nodePlace();
    const node = await startNode(where, "--workers", "1");
    where.configure({ verified_claims: { trust_framework: "jp_afterwards" } });
    node.child.kill("SIGHUP");
    await until(async () => node.said().includes("the workers were replaced"), 20_000);
    expect(await (await fetch(`${node.origin}/.well-known/openid-configuration`)).text()).toContain("jp_afterwards");
  });

  test("one that is wrong is refused with its sentences, and those that run go on", async () => {
    const where = nodePlace();
    const node = await startNode(where, "--workers", "1");
    where.configure({ issuer: "http://login.example.jp" });
    node.child.kill("SIGHUP");
    await until(async () => node.said().includes("issuer: must be https in production"), 20_000);
    expect((await fetch(`${node.origin}/healthz`)).status).toBe(200);
  });
});

describe("a worker that does not come up", () => {
  test("at the start: it is said once, and the supervisor ends", async () => {
    const node = await startNode(nodePlace());
    const port = Number(new URL(node.origin).port);
    const failure = await startNode(nodePlace({ listen: { port } }), "--workers", "3").catch((error: Error) => error.message);
    expect(String(failure).split("EADDRINUSE").length - 1).toBe(1);
    expect(failure).toContain("a worker ended before it answered: what it said stands above");
  });

  test.skipIf(!linux)("later, for what it was given is wrong by then: it is not tried again, and the supervisor ends as refused (where there is /proc)", async () => {
    const where = nodePlace();
    const node = await startNode(where, "--workers", "1");
    where.configure({ issuer: "http://login.example.jp" });
    for (const id of workersOf(node)) process.kill(id, "SIGKILL");
    expect(await node.ended).toBe(3);
    expect(node.said().split("issuer: must be https in production").length - 1).toBe(1);
    expect(node.said()).toContain("a worker refused what it was started with: what it said stands above");
  });

  const refused: readonly (readonly [name: string, count: string])[] = [["none", "0"], ["a word", "many"], ["too many", "100"]];
  test.each(refused)("so many are refused as wrong usage: %s", async (_name, count) => {
    const failure = await startNode(nodePlace(), "--workers", count).catch((error: Error) => error.message);
    expect(failure).toContain("must be a number from 1 to 99");
  });
});
