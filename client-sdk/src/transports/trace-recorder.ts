import { formatExchange } from "./trace-exchange.ts";
import { TraceMask } from "./trace-mask.ts";
import { TransportError } from "./transport-error.ts";
import type { Transport } from "./transport.ts";

/** Where the trace goes, and what is shown in it. */
export interface RecordingOptions {
  /** Takes a line of JSON for each exchange, without a line end. */
  readonly write: (line: string) => void;
  /**
   * Whether files that are read are shown (as `false` if absent). A certificate tells who its holder is, the
   * signature certificate by name and address: for made-up persons only. PINs are masked always.
   */
  readonly showFiles?: boolean;
  /** Milliseconds; `Date.now` if absent. */
  readonly now?: () => number;
}

/**
 * Writes down what goes through another transport, with PINs and certificates masked. Digests and
 * signatures are shown: a trace of a real card belongs to its holder.
 */
export class RecordingTransport implements Transport {
  readonly #transport: Transport;
  readonly #write: (line: string) => void;
  readonly #now: () => number;
  readonly #mask: TraceMask;

  constructor(transport: Transport, { write, showFiles = false, now = Date.now }: RecordingOptions) {
    this.#transport = transport;
    this.#write = write;
    this.#now = now;
    this.#mask = new TraceMask(showFiles);
  }

  async open(): Promise<void> {
    await this.#transport.open?.();
  }

  async transmit(bytes: Uint8Array): Promise<Uint8Array> {
    const start = this.#now();
    const command = this.#mask.command(bytes);
    try {
      const response = await this.#transport.transmit(bytes);
      this.#write(formatExchange({ command, response: this.#mask.response(response), ms: this.#now() - start }));
      return response;
    } catch (error) {
      const code = error instanceof TransportError ? error.code : "protocol_error";
      this.#write(formatExchange({ command, error: code, ms: this.#now() - start }));
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#transport.close?.();
  }

  onRemoved(listener: () => void): () => void {
    return this.#transport.onRemoved?.(listener) ?? (() => undefined);
  }
}
