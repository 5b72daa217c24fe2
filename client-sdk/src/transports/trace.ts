/** Traces of APDUs: recorded with what is secret or personal masked, and replayed. */
export { RecordingTransport } from "./trace-recorder.ts";
export type { RecordingOptions } from "./trace-recorder.ts";
export { ReplayTransport, TraceDifference } from "./trace-replayer.ts";
export type { ReplayOptions } from "./trace-replayer.ts";
export { formatExchange, parseTrace } from "./trace-exchange.ts";
export type { TraceExchange } from "./trace-exchange.ts";
