import { context, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace, TraceFlags } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BasicTracerProvider, BatchSpanProcessor, ParentBasedSampler, TraceIdRatioBasedSampler } from "@opentelemetry/sdk-trace-base";
import { type TraceAttributes, traceAttributes, type Tracing, type TracingOptions } from "./tracing.ts";

/** Tracing by OpenTelemetry's own SDK. Loaded only where it is configured: see tracing.ts. */
export function startTracing({ endpoint, sample, version }: TracingOptions): Tracing {
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ "service.name": "jpki-bridge", "service.version": version }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(sample) }),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url: endpoint, timeoutMillis: 2000 }))],
  });
  const manager = new AsyncLocalStorageContextManager().enable();
  context.setGlobalContextManager(manager);
  const tracer = provider.getTracer("jpki-bridge");

  const within = async <Result>(span: Span, parent: typeof ROOT_CONTEXT, work: () => Promise<Result>, finish: () => void): Promise<Result> => {
    try {
      return await manager.with(trace.setSpan(parent, span), work);
    } catch (error) {
      // Its kind, never its message: that may quote what came in.
      span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.name : "unknown" });
      throw error;
    } finally {
      finish();
      span.end();
    }
  };
  return {
    request(traceparent, work, ended) {
      const parent = parentOf(traceparent);
      const span = tracer.startSpan("request", { kind: SpanKind.SERVER }, parent);
      return within(span, parent, work, () => {
        const { method, route, status, id } = ended();
        span.updateName(`${method} ${route}`);
        span.setAttributes(allowed({ "http.request.method": method, "http.route": route, "http.response.status_code": status, "jpki_bridge.request": id }));
        if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      });
    },
    span(name, attributes, work) {
      const parent = manager.active();
      const span = tracer.startSpan(name, { attributes: allowed(attributes) }, parent);
      return within(span, parent, work, () => undefined);
    },
    async close() {
      // Spans that nobody takes are lost, and nothing else.
      await provider.shutdown().catch(() => undefined);
      manager.disable();
      context.disable();
    },
  };
}

function allowed(attributes: TraceAttributes): Record<string, string | number> {
  return Object.fromEntries(traceAttributes.flatMap((name) => (attributes[name] === undefined ? [] : [[name, attributes[name]]])));
}

/** W3C Trace Context 3.2.2: version, trace, parent, flags; what has another form, or only zeros, begins a trace of its own. */
function parentOf(traceparent: string | null): typeof ROOT_CONTEXT {
  const [, traceId, spanId, flags] = /^00-((?!0{32})[0-9a-f]{32})-((?!0{16})[0-9a-f]{16})-([0-9a-f]{2})$/u.exec(traceparent ?? "") ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return ROOT_CONTEXT;
  const sampled = (Number.parseInt(flags, 16) & 1) === 1 ? TraceFlags.SAMPLED : TraceFlags.NONE;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: sampled, isRemote: true });
}
