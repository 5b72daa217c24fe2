import cluster from "node:cluster";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startWorkerProcess } from "../../src/cli/worker-process.ts";
import { startWorkers, type Workers } from "../../src/cli/workers.ts";
import { createLogger } from "../../src/log.ts";
import { temporaryDirectory } from "../storage/temporary.ts";

/** What a worker does from its start on, in place of the program. */
const does = {
  answer: 'process.send({ kind: "ready", address: { address: "127.0.0.1", port: 1, family: "IPv4" } }); process.on("message", ({ kind }) => kind === "drain" && process.exit(0)); setInterval(() => undefined, 1000);',
  hang: "setInterval(() => undefined, 1000); process.on('message', () => undefined);",
  refuse: "process.exit(3);",
  fail: "process.exit(1);",
};
let script = "";
const lines: string[] = [];
const log = createLogger("info", { write: (line) => void lines.push(line) });
const said = (text: string): number => lines.filter((line) => line.includes(text)).length;
const processes = (): number[] => Object.values(cluster.workers ?? {}).flatMap((worker) => (worker === undefined || worker.isDead() ? [] : [worker.process.pid ?? 0]));
const there = (count: number): Promise<void> => vi.waitFor(() => expect(processes()).toHaveLength(count), 8000);

/** What those that start from now on do; in a directory that is not there they cannot even start. */
function next(behaviour: keyof typeof does, cwd = path.dirname(script)): void {
  writeFileSync(script, does[behaviour]);
  cluster.setupPrimary({ exec: script, args: [], execArgv: [], cwd });
}

async function two(): Promise<Workers> {
  next("answer");
  lines.length = 0;
  return startWorkers({ count: 2, log, limit: () => 5 });
}

beforeEach(() => void (script = path.join(temporaryDirectory(), "worker.cjs")));
afterEach(() => processes().forEach((id) => process.kill(id, "SIGKILL")));

test("one that the system has no room for: the other goes on, and it is there once there is room", async () => {
  const workers = await two();
  next("answer", path.join(script, "nothing"));
  process.kill(processes()[0] ?? 0, "SIGKILL");
  await vi.waitFor(() => expect(said("a worker could not be started")).toBe(1), 5000);
  expect(processes()).toHaveLength(1);
  next("answer");
  await there(2);
  await workers.drain();
});

test("one that refuses what it is given is not started again: the supervisor ends with the same exit code", async () => {
  const workers = await two();
  next("refuse");
  process.kill(processes()[0] ?? 0, "SIGKILL");
  await expect(workers.failed).rejects.toMatchObject({ exitCode: 3 });
  await setTimeout(700);
  expect(said("a worker ended")).toBe(2);
  await workers.drain();
});

test.each([["refuse", 3], ["fail", 1]] as const)("at the first start, too: %s", async (behaviour, exitCode) => {
  next(behaviour);
  await expect(startWorkers({ count: 2, log, limit: () => 5 })).rejects.toMatchObject({ exitCode });
});

test("all are ended at once while a new one hangs in its start", async () => {
  const workers = await two();
  next("hang");
  const replaced = workers.replaceAll();
  await there(3);
  const asked = performance.now();
  await workers.drain();
  await replaced;
  expect(performance.now() - asked).toBeLessThan(3000);
  expect([processes(), said("does not come up"), said("were replaced")]).toEqual([[], 0, 0]);
});

test("one that hangs in its start is killed after a while", async () => {
  next("hang");
  const worker = startWorkerProcess(0.3);
  await expect(worker.ready).rejects.toThrow("a worker ended before it answered");
  expect(await worker.gone).toEqual({ by: "SIGKILL", wasMade: true, answeredSeconds: 0 });
});
