import type { Configuration } from "../config.ts";
import { readinessIn, startOperatorServer } from "../observability/index.ts";

/** The operator's port of a supervisor: what its workers measured, put together. Nothing where none is configured. @throws when it is taken. */
export async function startSupervisorObservation({ metrics }: Pick<Configuration, "metrics">): Promise<{ close(): Promise<void> }> {
  if (metrics === null) return { close: async () => undefined };
  const { heedLastCounts, metricsOfWorkers } = await import("../observability/worker-metrics.ts");
  heedLastCounts();
  return startOperatorServer(metrics, { metrics: metricsOfWorkers, readiness: async () => readinessIn(await metricsOfWorkers()) });
}
