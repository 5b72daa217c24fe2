import cluster from "node:cluster";
import { collectDefaultMetrics, Counter, Gauge, type GaugeConfiguration, Histogram, Registry } from "prom-client";
import { type MetricDefinition, readMetrics, type Sample, toldMetrics } from "./catalogue.ts";
import type { Observer } from "./observer.ts";
import { answerSupervisor, handOverCounts } from "./worker-metrics.ts";
import type { Measurement } from "./worker-sums.ts";

/** What is measured of this process. */
export interface Metrics {
  readonly observer: Observer;
  /** Everything, in Prometheus' text format. */
  text(): Promise<string>;
  /** Leaves what was counted to the supervisor, of a worker that ends; nothing else does anything. */
  handOver(): Promise<void>;
}

/** Milliseconds for which what was read is used again: however often somebody asks, the database is not. */
const readingLifeMs = 5000;
const buckets = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];
const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/**
 * @param read what is read when somebody asks.
 * @param now milliseconds that only go forward.
 */
export function createMetrics(read: () => Promise<readonly Sample[]>, now: () => number = () => performance.now()): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  // Gauges with names of counters, which Prometheus' own checks complain of.
  for (const resource of ["handles", "requests", "resources"]) registry.removeSingleMetric(`nodejs_active_${resource}_total`);
  const reading = keptFor(readingLifeMs, read, now);
  readOnCollection(registry, reading.get);
  const measured = async (): Promise<readonly Measurement[]> => (await registry.getMetricsAsJSON()) as unknown as readonly Measurement[];
  if (cluster.isWorker) answerSupervisor(measured);
  return {
    observer: createObserver(registry),
    text: () => registry.metrics(),
    handOver: async () => {
      if (!cluster.isWorker) return;
      reading.forget();
      await handOverCounts(await measured());
    },
  };
}

function createObserver(registry: Registry): Observer {
  const options = (name: keyof typeof toldMetrics) => {
    const { help, labels } = toldMetrics[name];
    return { name, help, labelNames: [...labels], registers: [registry] };
  };
  const counter = (name: keyof typeof toldMetrics) => new Counter(options(name));
  const histogram = (name: keyof typeof toldMetrics) => new Histogram({ ...options(name), buckets });
  const requests = counter("jpki_bridge_http_requests_total");
  const durations = histogram("jpki_bridge_http_request_duration_seconds");
  const refusals = counter("jpki_bridge_refusals_total");
  const signIns = counter("jpki_bridge_sign_ins_total");
  const tokens = counter("jpki_bridge_tokens_total");
  const tokenRefusals = counter("jpki_bridge_token_refusals_total");
  const endpointRefusals = counter("jpki_bridge_oauth_refusals_total");
  const enrolments = counter("jpki_bridge_enrolments_total");
  const enrolmentFailures = counter("jpki_bridge_enrolment_failures_total");
  const deliveries = counter("jpki_bridge_event_deliveries_total");
  const waits = histogram("jpki_bridge_storage_transaction_wait_seconds");
  const transactions = histogram("jpki_bridge_storage_transaction_duration_seconds");
  return {
    request: (asked, route, status, seconds) => {
      const method = methods.has(asked) ? asked : "other";
      requests.inc({ method, route, status: classOf(status) });
      durations.observe({ method, route }, seconds);
    },
    refused: (code) => refusals.inc({ code }),
    signedIn: (by) => signIns.inc({ by }),
    tokensIssued: (grant_type) => tokens.inc({ grant_type }),
    tokensRefused: (grant_type, error) => tokenRefusals.inc({ grant_type, error }),
    endpointRefused: (endpoint, error) => endpointRefusals.inc({ endpoint, error }),
    enrolmentReached: (purpose, state) => enrolments.inc({ purpose, state }),
    enrolmentFailed: (purpose, code) => enrolmentFailures.inc({ purpose, code }),
    delivered: (outcome) => deliveries.inc({ outcome }),
    transactionWaited: (seconds) => waits.observe(seconds),
    transactionTook: (seconds) => transactions.observe(seconds),
  };
}

/** Class of an HTTP status: `2xx`. */
export const classOf = (status: number): string => `${Math.floor(status / 100)}xx`;

/** Every metric that is read takes its values of one and the same reading. */
function readOnCollection(registry: Registry, samples: () => Promise<readonly Sample[]>): void {
  for (const [name, { type, help, labels, across }] of Object.entries<MetricDefinition>(readMetrics)) {
    const options = { name, help, labelNames: [...labels], registers: [], aggregator: across };
    const of = async (): Promise<Sample[]> => (await samples()).filter((sample) => sample.name === name);
    registry.registerMetric(type === "counter" ? countOf(options, of) : gaugeOf(options, of));
  }
}

type Options = Pick<GaugeConfiguration<string>, "name" | "help" | "labelNames" | "registers" | "aggregator">;

function countOf(options: Options, of: () => Promise<readonly Sample[]>): Counter {
  return new Counter({ ...options, async collect() {
    const values = await of();
    this.reset();
    for (const { value, labels = {} } of values) this.inc({ ...labels }, value);
  } });
}

function gaugeOf(options: Options, of: () => Promise<readonly Sample[]>): Gauge {
  return new Gauge({ ...options, async collect() {
    const values = await of();
    this.reset();
    // Without labels it would be 0, which is a value too.
    if (values.length === 0 && options.labelNames?.length === 0) this.remove();
    for (const { value, labels = {} } of values) this.set({ ...labels }, value);
  } });
}

/** What `read` gave, used again for a while; of several who ask at once one reads. */
function keptFor<Result>(lifeMs: number, read: () => Promise<Result>, now: () => number): { get(): Promise<Result>; forget(): void } {
  let kept: { readonly at: number; readonly result: Promise<Result> } | null = null;
  return {
    get: () => {
      if (kept === null || now() - kept.at >= lifeMs) kept = { at: now(), result: read() };
      return kept.result;
    },
    forget: () => void (kept = null),
  };
}
