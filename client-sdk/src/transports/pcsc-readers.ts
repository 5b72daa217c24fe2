import { errorOfPcsc, loadBinding, readerStates, type PcscBinding, type PcscReader } from "./pcsc-binding.ts";
import type { TransportError } from "./transport-error.ts";

/**
 * What is in a reader. `exclusive`: a card that another program keeps for itself; `mute`: a card that
 * does not answer, perhaps the wrong way round.
 */
export type ReaderState = "empty" | "card" | "exclusive" | "mute";

/** A reader as it now is. */
export interface ReaderDescription {
  /** As the service names it; what {@link PcscOptions.reader} takes. */
  readonly name: string;
  readonly state: ReaderState;
}

/** The PC/SC readers of this machine, four at most, which is the binding's limit; `reader_unavailable` if there is no PC/SC service. */
export async function listReaders(options: { readonly binding?: PcscBinding } = {}): Promise<ReaderDescription[]> {
  const watch = ReaderWatch.start(options.binding ?? (await loadBinding()));
  try {
    await watch.settled();
    return watch.readers().map(({ name, state }) => ({ name, state }));
  } finally {
    watch.stop();
  }
}

/** The binding tells of readers one by one, and never that it has told of all: so quiet means all. Milliseconds. */
const longestSilence = 1000;
const quietAfterReader = 100;

export interface WatchedReader extends ReaderDescription {
  readonly reader: PcscReader;
}

/** Follows what the PC/SC service tells of its readers, until it is stopped. */
export class ReaderWatch {
  readonly #client: InstanceType<PcscBinding["Client"]>;
  readonly #readers = new Map<string, WatchedReader>();
  readonly #listeners = new Set<() => void>();
  #failure: TransportError | undefined;
  #stopping: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  private constructor(binding: PcscBinding) {
    this.#client = new binding.Client();
    this.#client.on("reader", (reader) => this.#follow(reader));
    this.#client.on("error", (error) => {
      this.#failure = errorOfPcsc(error);
      this.#readers.clear();
      this.#tell();
    });
  }

  /** @throws TransportError `reader_unavailable` if there is no PC/SC service. */
  static start(binding: PcscBinding): ReaderWatch {
    try {
      const watch = new ReaderWatch(binding);
      watch.#client.start();
      return watch;
    } catch (error) {
      throw errorOfPcsc(error);
    }
  }

  readers(): WatchedReader[] {
    return [...this.#readers.values()];
  }

  /** Why nothing more will be told, if it is so. */
  get failure(): TransportError | undefined {
    return this.#failure;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Waits until all readers that there are have been told of. Rejects with the service's failure. */
  async settled(): Promise<void> {
    await new Promise<void>((resolve) => {
      const settle = (): void => {
        endListening();
        resolve();
      };
      let timer = setTimeout(settle, this.#readers.size > 0 ? quietAfterReader : longestSilence);
      const endListening = this.onChange(() => {
        clearTimeout(timer);
        timer = setTimeout(settle, quietAfterReader);
      });
    });
    if (this.#failure !== undefined) throw this.#failure;
  }

  stop(): void {
    this.#listeners.clear();
    this.#stopWhenQuiet();
  }

  /**
   * The binding's stop is lost on a service that is telling of something at that moment, and then blocks
   * this thread for a minute (SCardCancel before SCardGetStatusChange). So it waits for quiet.
   */
  #stopWhenQuiet(): void {
    clearTimeout(this.#stopping);
    this.#stopping = setTimeout(() => {
      this.#stopped = true;
      try {
        this.#client.stop();
      } catch {
        // The service is gone, and so is what was to be stopped.
      }
    }, quietAfterReader);
  }

  #follow(reader: PcscReader): void {
    const name = reader.name();
    reader.on("change", ({ raw }) => {
      this.#readers.set(name, { reader, name, state: stateOf(raw) });
      this.#tell();
    });
    reader.on("disconnect", () => {
      this.#readers.delete(name);
      this.#tell();
    });
  }

  #tell(): void {
    if (this.#stopping !== undefined && !this.#stopped) this.#stopWhenQuiet();
    for (const listener of this.#listeners) listener();
  }
}

function stateOf(raw: number): ReaderState {
  if ((raw & readerStates.present) === 0) return "empty";
  if ((raw & readerStates.mute) !== 0) return "mute";
  return (raw & readerStates.exclusive) === 0 ? "card" : "exclusive";
}
