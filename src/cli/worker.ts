import type { Configuration } from "../config.ts";
import { startBridge } from "./bridge.ts";
import { isDrainOrder, type WorkerReady } from "./worker-messages.ts";

/** One of the processes of `serve --workers`: answers until the supervisor says that it is to go. */
export async function runWorker(configuration: Configuration): Promise<void> {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);
  const ordered = new Promise<{ isReplaced: boolean }>((resolve) => {
    process.on("message", (message: unknown) => {
      if (isDrainOrder(message)) resolve(message);
    });
  });
  const bridge = await startBridge(configuration);
  process.send?.({ kind: "ready", address: bridge.address } satisfies WorkerReady);
  const { isReplaced } = await ordered;
  await bridge.drain(configuration.listen.drain, isReplaced);
  await bridge.close();
  process.exit(0);
}
