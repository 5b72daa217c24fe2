/** What may stand in a trace. Anything else is left out, whatever it is handed: traces leave the machine. */
export const traceAttributes = ["http.request.method", "http.route", "http.response.status_code", "jpki_bridge.request"] as const;
export type TraceAttributes = Partial<Readonly<Record<(typeof traceAttributes)[number], string | number>>>;

export type SpanName = "storage transaction" | "status check" | "status source" | "token issuance" | "event delivery";

/** A request as it ended. */
export interface TracedRequest {
  readonly method: string;
  /** The pattern, never the path. */
  readonly route: string;
  readonly status: number;
  /** The id that its answer and the log have. */
  readonly id: string;
}

/** Spans by OpenTelemetry. Whoever traces nothing hands in none. */
export interface Tracing {
  /**
   * A span around a request, the root of those within it.
   * @param traceparent of a trusted proxy (W3C Trace Context 3.2), if there is one; what is malformed is left out.
   * @param ended tells, once `work` is over, what it was.
   */
  request<Result>(traceparent: string | null, work: () => Promise<Result>, ended: () => TracedRequest): Promise<Result>;
  span<Result>(name: SpanName, attributes: TraceAttributes, work: () => Promise<Result>): Promise<Result>;
  /** Sends what is left. */
  close(): Promise<void>;
}

export interface TracingOptions {
  /** OTLP over HTTP with JSON: the full address, such as `http://127.0.0.1:4318/v1/traces`. */
  readonly endpoint: string;
  /** Share of requests that are traced where no proxy has decided, 0 to 1. */
  readonly sample: number;
  readonly version: string;
}

/** Loads OpenTelemetry, which nothing else does. */
export async function openTracing(options: TracingOptions): Promise<Tracing> {
  const { startTracing } = await import("./open-telemetry.ts");
  return startTracing(options);
}
