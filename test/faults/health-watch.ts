import { readFileSync } from "node:fs";
import { Agent, get } from "node:http";
import { parentPort, workerData } from "node:worker_threads";
import type { Health } from "./attack-stage.ts";

/**
 * Asks a bridge for its health every 20 ms, in a thread of its own, so that what keeps the test's busy is not taken
 * for the bridge's. One question waits for no other. For how long the bridge and this thread only waited for a
 * processor, because the machine has other things to do, is Linux asked, and that is left out: where there are
 * workers, of the one that waited longest.
 */
const { origin, pid, workers } = workerData as { origin: string; pid: number; workers: readonly number[] };
/** A connection stays with one worker: all are watched by those that are new. */
const agent = new Agent({ keepAlive: workers.length === 0 });
const health: { -readonly [Member in keyof Health]: Health[Member] } = { milliseconds: [], failures: [], longestSilence: 0 };

/** Milliseconds for which each had something to do and no processor to do it on; zeros where nobody tells. */
const waited = (): readonly number[] => ["thread-self", `${pid}/task/${pid}`, ...workers.map((worker) => `${worker}/task/${worker}`)].map((task) => {
  try {
    return Number(readFileSync(`/proc/${task}/schedstat`, "utf8").split(" ")[1]) / 1e6;
  } catch {
    return 0;
  }
});

function waitedSince(before: readonly number[]): number {
  const [own = 0, bridge = 0, ...others] = waited().map((milliseconds, index) => milliseconds - (before[index] ?? 0));
  return own + bridge + Math.max(0, ...others);
}

/** The first is waited for before anything is done to the bridge, and tells of the connection as well. */
function count(milliseconds: number): void {
  const answered = { at: performance.now(), waited: waited() };
  if (last === null) parentPort?.postMessage("watching", []);
  else {
    health.milliseconds.push(milliseconds);
    health.longestSilence = Math.max(health.longestSilence, answered.at - last.at - waitedSince(last.waited));
  }
  last = answered;
}
let last: { readonly at: number; readonly waited: readonly number[] } | null = null;

const timer = setInterval(() => {
  const begun = performance.now();
  const waitedBefore = waited();
  const asked = get(`${origin}/healthz`, { agent }, (answer) => {
    answer.resume().once("end", () => {
      if (answer.statusCode === 200) count(Math.max(0, performance.now() - begun - waitedSince(waitedBefore)));
      else health.failures.push(String(answer.statusCode));
    });
  });
  asked.once("error", ({ message }) => health.failures.push(message));
}, 20);

parentPort?.once("message", () => {
  clearInterval(timer);
  parentPort?.postMessage(health, []);
  agent.destroy();
});
