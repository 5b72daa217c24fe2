/** Why bytes could not be carried to the element and back. */
export type TransportErrorCode =
  /** There is no card in the reader, or no element. */
  | "card_absent"
  /** The card was taken away, or the element went, while it was in use. Begin anew. */
  | "card_removed"
  /** No reader, no service for readers, or no right to use it. */
  | "reader_unavailable"
  /** The element did not answer in time. What it still answers is never taken for another answer. */
  | "timed_out"
  /** The connection is closed, or was given up after an answer that came late. Open it anew. */
  | "connection_closed"
  /** The caller's `AbortSignal`. */
  | "cancelled"
  /** What came is no answer of the transport's protocol. */
  | "protocol_error";

/** The way to the element failed. Nothing is known about whether the last command was carried out. */
export class TransportError extends Error {
  readonly code: TransportErrorCode;

  constructor(code: TransportErrorCode, options: { readonly cause?: unknown } = {}) {
    super(code, options);
    this.name = "TransportError";
    this.code = code;
  }
}
