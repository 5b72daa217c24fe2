import cluster from "node:cluster";
import type { Configuration } from "../config.ts";
import { type Metrics, type Observer, type OperatorServer, openTracing, readinessIn, startOperatorServer, type Tracing } from "../observability/index.ts";
import type { BridgeProvider } from "../provider/index.ts";
import type { StatusService } from "../revocation/index.ts";
import type { CallRelyingParty } from "../signals/index.ts";
import type { Lease, Storage } from "../storage/index.ts";
import { read, type ReadingParts, version } from "./readings.ts";

/** What is measured and traced of one bridge. Where nothing is configured everything is handed back as it came. */
export interface Observation {
  /** For the ports of provider, enrolment and web. */
  readonly ports: { readonly observer?: Observer; readonly tracing?: Tracing };
  storage(storage: Storage): Storage;
  status(status: StatusService): StatusService;
  /** Questions to OCSP responders and for CRLs. */
  readonly fetch: typeof globalThis.fetch;
  provider(provider: BridgeProvider): BridgeProvider;
  deliveries(call: CallRelyingParty): CallRelyingParty;
  lease(name: string, lease: Lease): Lease;
  /** Notes whether this process holds a lease. */
  held(name: string, holds: boolean): void;
  /** Answers on the operator's port from now on, unless a supervisor does. @throws when it is taken. */
  start(parts: Omit<ReadingParts, "leases">): Promise<void>;
  /** Where the operator's port is; null without one. */
  readonly address: OperatorServer["address"] | null;
  close(): Promise<void>;
}

/** Loads what is configured, and nothing else. */
export async function openObservation(configuration: Pick<Configuration, "metrics" | "tracing">): Promise<Observation> {
  // Told of from the start, also before anybody has asked for them.
  const leases = new Map([["signals", false], ["upkeep", false]]);
  let parts: ReadingParts | null = null;
  let server: OperatorServer | null = null;
  const metrics = configuration.metrics === null ? null : await openMetrics(async () => (parts === null ? [] : read(parts)));
  const tracing = configuration.tracing === null ? null : await openTracing({ ...configuration.tracing, version });
  const span: Span = (name, attributes, work) => (tracing === null ? work() : tracing.span(name, attributes, work));
  const held: Observation["held"] = (name, holds) => void leases.set(name, holds);
  return {
    ports: { ...(metrics !== null && { observer: metrics.observer }), ...(tracing !== null && { tracing }) },
    storage: (storage) => (metrics === null && tracing === null ? storage : observedStorage(storage, metrics?.observer, span)),
    status: (status) => (tracing === null ? status : { ...status, check: (...question) => span("status check", {}, () => status.check(...question)) }),
    fetch: tracing === null ? globalThis.fetch : (...request) => span("status source", {}, () => fetch(...request)),
    provider: (provider) => (tracing === null ? provider : { ...provider, handle: (request, response) => tracedTokens(span, request.url, () => provider.handle(request, response)) }),
    deliveries: (call) => observedDeliveries(call, metrics?.observer, span),
    lease: (name, lease) => ({ ...lease, hold: async (now) => {
      const holds = await lease.hold(now);
      held(name, holds);
      return holds;
    } }),
    held,
    async start(given) {
      parts = { ...given, leases };
      if (metrics === null || configuration.metrics === null || cluster.isWorker) return;
      server = await startOperatorServer(configuration.metrics, { metrics: metrics.text, readiness: async () => readinessIn(await metrics.text()) });
    },
    get address() {
      return server?.address ?? null;
    },
    async close() {
      await server?.close();
      await metrics?.handOver();
      await tracing?.close();
    },
  };
}

type Span = Tracing["span"];

async function openMetrics(reading: Parameters<typeof import("../observability/metrics.ts").createMetrics>[0]): Promise<Metrics> {
  const { createMetrics } = await import("../observability/metrics.ts");
  return createMetrics(reading);
}

function observedStorage(storage: Storage, observer: Observer | undefined, span: Span): Storage {
  return {
    ...storage,
    transaction: (work) => span("storage transaction", {}, async () => {
      const asked = performance.now();
      let begun = asked;
      try {
        return await storage.transaction((transaction) => {
          begun = performance.now();
          observer?.transactionWaited((begun - asked) / 1000);
          return work(transaction);
        });
      } finally {
        observer?.transactionTook((performance.now() - begun) / 1000);
      }
    }),
  };
}

const tracedTokens = (span: Span, url: string | undefined, work: () => Promise<void>): Promise<void> => (url?.split("?")[0] === "/token" ? span("token issuance", {}, work) : work());

function observedDeliveries(call: CallRelyingParty, observer: Observer | undefined, span: Span): CallRelyingParty {
  return (url, request) => span("event delivery", {}, async () => {
    try {
      const response = await call(url, request);
      observer?.delivered(`${Math.floor(response.status / 100)}xx`);
      return response;
    } catch (error) {
      observer?.delivered("unreachable");
      throw error;
    }
  });
}
