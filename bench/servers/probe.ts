/** Imported by a server under test: tells what it has cost, each time it is asked. */
import { monitorEventLoopDelay } from "node:perf_hooks";

/** Since the probe was asked last: processor time of all threads, and the longest the event loop stood still; memory as of now. */
export interface Usage {
  /** Microseconds, user and system. */
  readonly cpu: number;
  /** Of that, the thread that has the event loop. */
  readonly mainThread: number;
  /** Milliseconds. */
  readonly longestDelay: number;
  /** MiB resident. */
  readonly memory: number;
}

const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
let before = process.cpuUsage();
let mainBefore = process.threadCpuUsage();
process.on("message", () => {
  const { user, system } = process.cpuUsage(before);
  const main = process.threadCpuUsage(mainBefore);
  before = process.cpuUsage();
  mainBefore = process.threadCpuUsage();
  process.send?.({ cpu: user + system, mainThread: main.user + main.system, longestDelay: delay.max / 1e6, memory: process.memoryUsage.rss() / 1024 ** 2 } satisfies Usage);
  delay.reset();
});
// The channel alone keeps no process alive.
process.channel?.unref();
