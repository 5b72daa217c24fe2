/** Readers and cards by PC/SC, in Node. Needs the package `pcsc-mini`. */
import { errorOfPcsc, loadBinding, resetCard, sharingModes, type PcscBinding, type PcscCard } from "./pcsc-binding.ts";
import { ReaderWatch, type WatchedReader } from "./pcsc-readers.ts";
import { TransportError } from "./transport-error.ts";
import type { Transport } from "./transport.ts";

export type { PcscBinding } from "./pcsc-binding.ts";
export { listReaders } from "./pcsc-readers.ts";
export type { ReaderDescription, ReaderState } from "./pcsc-readers.ts";

/** Which card to use, and how. */
export interface PcscOptions {
  /** The reader's name; without it the first reader with a card. */
  readonly reader?: string;
  /** `exclusive` (as without it): no other program reaches the card meanwhile, nor what a PIN has opened. */
  readonly sharing?: keyof typeof sharingModes;
  /** Whether `open` waits until there is a card, and for its reader; without it, it fails at once. */
  readonly wait?: boolean;
  /** Ends the waiting: `cancelled`, or `timed_out` if it is an `AbortSignal.timeout`. */
  readonly signal?: AbortSignal;
  /** Another binding than `pcsc-mini`. */
  readonly binding?: PcscBinding;
}

interface Connection {
  readonly card: PcscCard;
  readonly watch: ReaderWatch;
  readonly readerName: string;
  removed: boolean;
}

/** A card in a PC/SC reader. After `card_removed` it is closed and opened anew. */
export class PcscTransport implements Transport {
  readonly #options: PcscOptions;
  readonly #listeners = new Set<() => void>();
  #opening: Promise<void> | undefined;
  #closing = new AbortController();
  #connection: Connection | undefined;

  constructor(options: PcscOptions = {}) {
    this.#options = options;
  }

  /** The reader in use, while it is open. */
  get readerName(): string | undefined {
    return this.#connection?.readerName;
  }

  /**
   * Connects to the card. Rejects with `reader_unavailable` (no binding, service or reader, or the card is
   * another program's), `card_absent`, `cancelled` or `timed_out`.
   */
  async open(): Promise<void> {
    if (this.#connection !== undefined) return;
    this.#opening ??= this.#open().finally(() => (this.#opening = undefined));
    await this.#opening;
  }

  async transmit(command: Uint8Array): Promise<Uint8Array> {
    const connection = this.#connection;
    if (connection === undefined) throw new TransportError("connection_closed");
    if (connection.removed) throw new TransportError("card_removed");
    // The caller may overwrite the command while the reader is still at it, if it gave up waiting.
    const own = command.slice();
    try {
      return await connection.card.transmit(own);
    } catch (cause) {
      const error = errorOfPcsc(cause);
      if (error.code === "card_removed") this.#remove(connection);
      throw error;
    } finally {
      own.fill(0);
    }
  }

  /** Resets the card, so that no other program finds a verified PIN, and lets the reader go. */
  async close(): Promise<void> {
    this.#closing.abort(new TransportError("connection_closed"));
    this.#closing = new AbortController();
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection !== undefined) await letGo(connection);
  }

  onRemoved(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #open(): Promise<void> {
    const { signal, binding } = this.#options;
    const ends = signal === undefined ? this.#closing.signal : AbortSignal.any([this.#closing.signal, signal]);
    const watch = ReaderWatch.start(binding ?? (await loadBinding()));
    try {
      if (this.#options.wait !== true) await watch.settled();
      this.#use(await this.#connect(watch, ends));
    } catch (error) {
      watch.stop();
      throw error;
    }
  }

  async #connect(watch: ReaderWatch, ends: AbortSignal): Promise<Connection> {
    const found = await this.#findCard(watch, ends);
    try {
      const card = await found.reader.connect(sharingModes[this.#options.sharing ?? "exclusive"]);
      const connection = { card, watch, readerName: found.name, removed: false };
      if (!ends.aborted) return connection;
      await letGo(connection);
    } catch (cause) {
      const error = errorOfPcsc(cause);
      // A contactless card on its way in may be gone again for a moment.
      if (this.#options.wait !== true || error.code !== "card_absent") throw error;
      if (watch.readers().includes(found)) await nextChange(watch, ends);
    }
    return this.#connect(watch, ends);
  }

  async #findCard(watch: ReaderWatch, ends: AbortSignal): Promise<WatchedReader> {
    for (;;) {
      if (ends.aborted) throw errorOfAbort(ends);
      if (watch.failure !== undefined) throw watch.failure;
      const wanted = watch.readers().filter(({ name }) => name === (this.#options.reader ?? name));
      const found = wanted.find(({ state }) => state !== "empty");
      if (found !== undefined) return found;
      if (this.#options.wait !== true) throw new TransportError(wanted.length === 0 ? "reader_unavailable" : "card_absent");
      await nextChange(watch, ends);
    }
  }

  #use(connection: Connection): void {
    const { watch, readerName } = connection;
    this.#connection = connection;
    watch.onChange(() => {
      const hasCard = watch.readers().some(({ name, state }) => name === readerName && state !== "empty");
      if (!hasCard) this.#remove(connection);
    });
  }

  #remove(connection: Connection): void {
    if (connection.removed || connection !== this.#connection) return;
    connection.removed = true;
    for (const listener of this.#listeners) listener();
  }
}

async function letGo({ card, watch }: Connection): Promise<void> {
  // A card that is gone cannot be let go, and need not be.
  await card.disconnect(resetCard).catch(() => undefined);
  watch.stop();
}

/** Rejects when the waiting is ended. */
async function nextChange(watch: ReaderWatch, ends: AbortSignal): Promise<void> {
  // An event that is over is not told again.
  if (ends.aborted) throw errorOfAbort(ends);
  await new Promise<void>((resolve, reject) => {
    const onChange = (): void => {
      ends.removeEventListener("abort", onAbort);
      endListening();
      resolve();
    };
    const onAbort = (): void => {
      endListening();
      reject(errorOfAbort(ends));
    };
    const endListening = watch.onChange(onChange);
    ends.addEventListener("abort", onAbort, { once: true });
  });
}

function errorOfAbort({ reason }: AbortSignal): TransportError {
  if (reason instanceof TransportError) return reason;
  const isTimeOut = reason instanceof Error && reason.name === "TimeoutError";
  return new TransportError(isTimeOut ? "timed_out" : "cancelled", { cause: reason });
}
