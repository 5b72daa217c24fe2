export { readMetrics, type Sample, toldMetrics } from "./catalogue.ts";
export type { Metrics } from "./metrics.ts";
export { type OperatorAnswers, type OperatorServer, startOperatorServer } from "./metrics-server.ts";
export type { Observer } from "./observer.ts";
export { openTracing, type TracedRequest, type Tracing } from "./tracing.ts";
export { type Readiness, readinessIn } from "./readiness.ts";
