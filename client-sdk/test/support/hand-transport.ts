import type { Transport } from "../../src/transports/transport.ts";

export interface HandOptions {
  /** Whether every command is its own answer. */
  readonly echo?: boolean;
  readonly openFails?: unknown;
  readonly closeFails?: unknown;
  readonly openWaits?: boolean;
}

interface Pending {
  readonly resolve: (answer: Uint8Array) => void;
  readonly reject: (reason: unknown) => void;
}

/** A transport worked by hand: each command waits until the test answers it. Commands are told by their first octet. */
export class HandTransport implements Transport {
  readonly sent: number[] = [];
  readonly events: string[] = [];
  openWaits: boolean;
  readonly opening: Promise<void>;
  readonly #options: HandOptions;
  readonly #pending: Pending[] = [];
  readonly #listeners = new Set<() => void>();
  #isOpening: () => void = () => undefined;
  #arrived: () => void = () => undefined;
  #unseen = 0;

  constructor(options: HandOptions = {}) {
    this.#options = options;
    this.openWaits = options.openWaits ?? false;
    this.opening = new Promise((resolve) => (this.#isOpening = resolve));
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  async open(): Promise<void> {
    this.events.push("open");
    this.#isOpening();
    if (this.openWaits) await new Promise(() => undefined);
    if (this.#options.openFails !== undefined) throw this.#options.openFails;
  }

  async close(): Promise<void> {
    this.events.push("close");
    if (this.#options.closeFails !== undefined) throw this.#options.closeFails;
  }

  onRemoved(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async transmit(command: Uint8Array): Promise<Uint8Array> {
    this.sent.push(command[0] ?? -1);
    if (this.#options.echo === true) return command.slice();
    this.#unseen += 1;
    this.#arrived();
    return new Promise((resolve, reject) => this.#pending.push({ resolve, reject }));
  }

  /** Waits until a command that no call of this waited for has arrived. */
  async nextCommand(): Promise<void> {
    while (this.#unseen === 0) await new Promise<void>((resolve) => (this.#arrived = resolve));
    this.#unseen -= 1;
  }

  /** Answers the command that came last with one octet. */
  answer(octet: number): void {
    this.settle(Uint8Array.of(octet));
  }

  answerFirst(octet: number): void {
    this.#pending.at(0)?.resolve(Uint8Array.of(octet));
  }

  settle(answer: unknown): void {
    this.#pending.at(-1)?.resolve(answer as Uint8Array);
  }

  fail(reason: unknown): void {
    this.#pending.at(-1)?.reject(reason);
  }

  remove(): void {
    for (const listener of this.#listeners) listener();
  }
}
