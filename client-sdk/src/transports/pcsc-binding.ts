import { TransportError, type TransportErrorCode } from "./transport-error.ts";

/** What the transport needs of the npm package `pcsc-mini`. Numbers are those of the PC/SC specification. */
export interface PcscBinding {
  readonly Client: new () => PcscClient;
}

/** Watches all readers from `start` to `stop`. */
export interface PcscClient {
  on(event: "reader", listener: (reader: PcscReader) => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
  start(): unknown;
  stop(): void;
}

export interface PcscReader {
  name(): string;
  connect(sharing: number): Promise<PcscCard>;
  on(event: "change", listener: (status: { readonly raw: number }) => void): unknown;
  on(event: "disconnect", listener: () => void): unknown;
}

export interface PcscCard {
  transmit(command: Uint8Array): Promise<Uint8Array>;
  disconnect(disposition: number): Promise<void>;
}

/** SCARD_SHARE_*. */
export const sharingModes = { exclusive: 1, shared: 2 } as const;
/** SCARD_RESET_CARD. */
export const resetCard = 1;
/** SCARD_STATE_*: bits of a reader's status. */
export const readerStates = { present: 0x20, exclusive: 0x80, mute: 0x200 } as const;

/**
 * Loads the binding.
 * @throws TransportError `reader_unavailable`, whose cause says what to install.
 */
export async function loadBinding(load: () => Promise<PcscBinding> = () => import("pcsc-mini")): Promise<PcscBinding> {
  try {
    return await load();
  } catch (cause) {
    const advice = new Error("PC/SC needs the package pcsc-mini with its binary for this platform: npm install pcsc-mini", { cause });
    throw new TransportError("reader_unavailable", { cause: advice });
  }
}

/** The PC/SC errors that tell more than that nothing sensible came; names as the binding gives them. */
const codes: Readonly<Record<string, TransportErrorCode>> = {
  NoSmartCard: "card_absent",
  RemovedCard: "card_removed",
  // Another program reset the card or its power went: what was selected and verified is gone as well.
  ResetCard: "card_removed",
  UnpoweredCard: "card_removed",
  // What readers of contactless cards say when the card leaves in the middle of an exchange.
  NotTransacted: "card_removed",
  CommDataLost: "card_removed",
  NoService: "reader_unavailable",
  ServiceStopped: "reader_unavailable",
  ServerTooBusy: "reader_unavailable",
  NoReadersAvailable: "reader_unavailable",
  ReaderUnavailable: "reader_unavailable",
  UnknownReader: "reader_unavailable",
  ReaderUnsupported: "reader_unavailable",
  SharingViolation: "reader_unavailable",
  NoAccess: "reader_unavailable",
  AccessDenied: "reader_unavailable",
  SecurityViolation: "reader_unavailable",
  NotReady: "reader_unavailable",
  Timeout: "timed_out",
  Canceled: "cancelled",
  CancelledByUser: "cancelled",
  SystemCancelled: "cancelled",
  Shutdown: "cancelled",
  InvalidHandle: "connection_closed",
  NoCardConnection: "connection_closed",
};

/** The transport's error of a PC/SC one, which stays as its cause. */
export function errorOfPcsc(cause: unknown): TransportError {
  const name = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  return new TransportError(codes[name] ?? "protocol_error", { cause });
}
