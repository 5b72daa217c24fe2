import { TransportError } from "../../src/transports/transport-error.ts";
import type { Transport } from "../../src/transports/transport.ts";
import type { SoftwareSecureElement } from "../../src/software/secure-element.ts";

/** A card that can be taken away and put back. */
export class RemovableCard implements Transport {
  readonly #element: SoftwareSecureElement;
  readonly #listeners = new Set<() => void>();
  #present = true;

  constructor(element: SoftwareSecureElement) {
    this.#element = element;
  }

  async open(): Promise<void> {
    if (!this.#present) throw new TransportError("card_absent");
  }

  async transmit(command: Uint8Array): Promise<Uint8Array> {
    if (!this.#present) throw new TransportError("card_removed");
    return this.#element.transmit(command);
  }

  async close(): Promise<void> {
    this.#element.reset();
  }

  onRemoved(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async remove(): Promise<void> {
    this.#present = false;
    this.#element.reset();
    for (const listener of this.#listeners) listener();
  }

  async insert(): Promise<void> {
    this.#present = true;
  }
}
