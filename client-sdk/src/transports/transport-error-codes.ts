import type { TransportErrorCode } from "./transport-error.ts";

/** Every code; that none is forgotten, the type sees to. */
const codes: Readonly<Record<TransportErrorCode, true>> = {
  card_absent: true,
  card_removed: true,
  reader_unavailable: true,
  timed_out: true,
  connection_closed: true,
  cancelled: true,
  protocol_error: true,
};

/** Whether something that came in is a code of a `TransportError`. */
export function isTransportErrorCode(value: unknown): value is TransportErrorCode {
  return typeof value === "string" && Object.hasOwn(codes, value);
}
