import type { Transport } from "../../src/transports/transport.ts";

/** One command on its way: what a fault may do instead of answering it. */
export interface Passage {
  /** The number of the command, from 0. */
  readonly position: number;
  readonly command: Uint8Array;
  /** The answer to the command before, if there is one. */
  readonly before: Uint8Array | undefined;
  /** Carries the command to the element, and its answer back. */
  pass(): Promise<Uint8Array>;
  /** Tells everybody that the card is gone. */
  remove(): void;
}

export type Fault = (passage: Passage) => Promise<Uint8Array>;

/** A way to an element on which every command meets a fault, or none. */
export class FaultyTransport implements Transport {
  /** What happens to the commands from now on. */
  fault: Fault;
  /** Commands that came so far. */
  position = 0;
  readonly #inner: Transport;
  readonly #listeners = new Set<() => void>();
  #before: Uint8Array | undefined;

  constructor(inner: Transport, fault: Fault = ({ pass }) => pass()) {
    this.#inner = inner;
    this.fault = fault;
  }

  onRemoved(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    await this.#inner.close?.();
  }

  async transmit(command: Uint8Array): Promise<Uint8Array> {
    const { position } = this;
    this.position += 1;
    return this.fault({
      position,
      command,
      before: this.#before,
      pass: async () => (this.#before = await this.#inner.transmit(command)),
      remove: () => this.#listeners.forEach((listener) => listener()),
    });
  }
}

/** A fault at one position alone. */
export function at(position: number, fault: Fault): Fault {
  return (passage) => (passage.position === position ? fault(passage) : passage.pass());
}
