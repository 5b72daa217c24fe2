/** The bridge on a prepared directory, that tells of itself when asked, and whose clock can be set on. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { startBridge } from "../../src/cli/bridge.ts";
import { systemClock } from "../../src/clock.ts";
import { checkConfiguration, sandboxConfigurationFile } from "../../src/config.ts";

/** What the process says of itself. */
export interface Vitals {
  /** In use after garbage was collected: the heap, and what it holds outside of it. */
  readonly retainedMiB: number;
  /** Resident besides V8's heap, then: the program, buffers, the database's cache, what native code holds. */
  readonly nativeMiB: number;
  /** Since the last time, in milliseconds. */
  readonly loopDelayP99: number;
  readonly loopDelayMax: number;
  /** What keeps the event loop going: sockets, timers, files. */
  readonly resources: number;
}

const directory = process.argv[2] ?? "";
const file: unknown = JSON.parse(readFileSync(path.join(directory, sandboxConfigurationFile), "utf8"));
const configuration = checkConfiguration(file, directory, "sandbox");
let ahead = 0;
const bridge = await startBridge(configuration, { clock: () => systemClock() + ahead });
const delay = monitorEventLoopDelay({ resolution: 10 });
delay.enable();

process.on("message", ({ advance }: { readonly advance: number }) => {
  ahead += advance;
  const [loopDelayP99, loopDelayMax] = [delay.percentile(99) / 1e6, delay.max / 1e6];
  globalThis.gc?.();
  const { heapUsed, heapTotal, external, rss } = process.memoryUsage();
  process.send?.({
    retainedMiB: (heapUsed + external) / 2 ** 20,
    nativeMiB: (rss - heapTotal) / 2 ** 20,
    loopDelayP99, loopDelayMax,
    resources: process.getActiveResourcesInfo().length,
  } satisfies Vitals);
  delay.reset();
});
process.once("SIGTERM", () => void bridge.close().then(() => process.exit(0)));
process.send?.({ issuer: configuration.issuer });
