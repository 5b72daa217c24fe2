import { AggregatorRegistry } from "prom-client";

/** One metric as prom-client hands it out. */
export interface Measurement {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly aggregator: string;
  readonly values: readonly { readonly value: number; readonly labels: Readonly<Record<string, string | number>> }[];
}

/** What several workers measured, put together so that nothing that only rises ever falls. */
export interface WorkerSums {
  /** Notes what a worker measured when it was asked for the so manieth time. */
  note(worker: number, asked: number, measured: readonly Measurement[]): void;
  /** Notes what a worker that ends has counted: whatever else comes from it is older. */
  noteLast(worker: number, measured: readonly Measurement[]): void;
  /**
   * By the rule of each metric, in Prometheus' text format. Of workers that do not answer this time, and of those
   * that have ended, counts stay as they were last: Prometheus takes a fall for a start anew, and adds all again.
   * @param living the workers that there are.
   */
  text(asked: number, living: readonly number[]): Promise<string>;
}

const startTime = "process_start_time_seconds";

/** @param startedAt when the supervisor started, in seconds since the epoch: its workers come and go. */
export function createWorkerSums(startedAt: number): WorkerSums {
  const last = new Map<number, { readonly asked: number; readonly measured: readonly Measurement[] }>();
  /** Whose counts are among those of the ended: what comes from them late would be added twice. */
  const over = new Set<number>();
  let ended: Promise<readonly Measurement[]> = Promise.resolve([]);
  const end = (worker: number, counted: readonly Measurement[]): void => {
    last.delete(worker);
    over.add(worker);
    ended = ended.then((before) => added([before, counted]));
  };
  const own: Measurement = { name: startTime, help: "Start time of the supervisor since unix epoch in seconds.", type: "gauge", aggregator: "max", values: [{ value: startedAt, labels: {} }] };
  return {
    note(worker, asked, measured) {
      if (!over.has(worker) && (last.get(worker)?.asked ?? -1) < asked) last.set(worker, { asked, measured: measured.filter(({ name }) => name !== startTime).map(byWorst) });
    },
    noteLast(worker, measured) {
      if (!over.has(worker)) end(worker, counts(measured));
    },
    async text(asked, living) {
      for (const [worker, { measured }] of last) if (!living.includes(worker)) end(worker, counts(measured));
      const now = [...last.values()].map((each) => (each.asked >= asked ? each.measured : counts(each.measured)));
      return AggregatorRegistry.aggregate([...now, await ended, [own]]).metrics();
    },
  };
}

/** An event loop that is blocked is not less so because others are not. */
const byWorst = (each: Measurement): Measurement => (each.name.startsWith("nodejs_eventloop_lag") && each.aggregator === "average" ? { ...each, aggregator: "max" } : each);

/** What only rises. */
const counts = (measured: readonly Measurement[]): readonly Measurement[] => measured.filter(({ type }) => type === "counter" || type === "histogram");

async function added(measured: readonly (readonly Measurement[])[]): Promise<readonly Measurement[]> {
  return (await AggregatorRegistry.aggregate([...measured]).getMetricsAsJSON()) as unknown as readonly Measurement[];
}
