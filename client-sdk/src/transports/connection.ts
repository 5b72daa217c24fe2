/**
 * What stands between the applet and a transport, whose answers may come late, wrong or never: one
 * sequence of commands at a time, each command within its time, and an end that is final.
 */
import { refuseIfCancelled, unlessCancelled, type Cancellable } from "./cancellation.ts";
import { TransportError, type TransportErrorCode } from "./transport-error.ts";
import type { Transport } from "./transport.ts";

/** Seconds that an element has to answer a command, and a transport to close. */
const usualTime = 5;

/** What the connection has to know of a command. */
export interface TransmitOptions {
  /** Seconds until the answer must be there; 5 if absent. */
  readonly within?: number | undefined;
  /** The command holds a PIN: what the transport says of it is not passed on as an error's `cause`. */
  readonly isSecret?: boolean | undefined;
}

/** Sends the bytes of a command and answers those of its response. Rejects with a {@link TransportError}. */
export type Transmit = (command: Uint8Array, options?: TransmitOptions) => Promise<Uint8Array>;

/** A sequence of commands that belong together. */
export type Sequence<Result> = (transmit: Transmit) => Promise<Result>;

/** What all connections over one transport share. */
interface Line {
  /** Settles when no sequence is running or waiting. */
  free: Promise<unknown>;
  current: Connection | null;
}

const lines = new WeakMap<Transport, Line>();

/**
 * A connection over a transport. A connection that has ended never comes back: the element may still
 * answer an old command, and nothing may take that for the answer to a new one. Make a new connection.
 */
export class Connection {
  readonly #transport: Transport;
  readonly #line: Line;
  #isOpen = false;
  #ended: TransportErrorCode | null = null;
  /** Ends the wait for an answer. */
  #interrupt: (reason: TransportError) => void = () => undefined;
  #stopListening: () => void = () => undefined;

  /** Nothing is sent or opened yet: the first sequence does that, and ends any earlier connection over `transport`. */
  constructor(transport: Transport) {
    this.#transport = transport;
    this.#line = lines.get(transport) ?? { free: Promise.resolve(), current: null };
    lines.set(transport, this.#line);
  }

  /** Whether it has ended. */
  get isEnded(): boolean {
    return this.#ended !== null;
  }

  /**
   * Runs a sequence of commands once those before it are through. Rejects with what the sequence rejects
   * with, which ends the connection if it is a {@link TransportError} other than `cancelled`; then with
   * `card_removed` or `connection_closed` for ever. A cancelled call rejects at once, and sends nothing more;
   * the next sequence waits for the answer to what was sent.
   */
  async inTurn<Result>(sequence: Sequence<Result>, { signal }: Cancellable = {}): Promise<Result> {
    const turn = this.#line.free.then(() => this.#run(sequence, signal));
    this.#line.free = turn.catch(() => undefined);
    return unlessCancelled(turn, signal);
  }

  async #run<Result>(sequence: Sequence<Result>, signal: AbortSignal | undefined): Promise<Result> {
    try {
      refuseIfCancelled(signal);
      if (!this.#isOpen) await this.#open(signal);
      return await sequence((command, options) => this.#transmit(command, options, signal));
    } catch (error) {
      if (error instanceof TransportError && error.code !== "cancelled") this.#end(error.code);
      throw error;
    }
  }

  /** As long as the transport's own `open` takes: it may wait for a person to present the card. */
  async #open(signal: AbortSignal | undefined): Promise<void> {
    this.#refuseIfEnded();
    const before = this.#line.current;
    this.#line.current = this;
    if (before !== null) {
      if (before.#ended !== null) await this.#closeTransport();
      before.#end("connection_closed");
    }
    try {
      await unlessCancelled(Promise.resolve(this.#transport.open?.()), signal);
      this.#stopListening = this.#transport.onRemoved?.(() => this.#end("card_removed")) ?? this.#stopListening;
    } catch (error) {
      // Cancelled or not, nobody knows whether it will be open: the next connection closes it first.
      throw this.#failure(error);
    }
    this.#isOpen = true;
  }

  async #closeTransport(): Promise<void> {
    try {
      await this.#answerOf(() => this.#transport.close?.(), usualTime);
    } catch {
      // It was given up already. Whether it can be used again, `open` will tell.
    }
  }

  async #transmit(command: Uint8Array, { within = usualTime, isSecret = false }: TransmitOptions = {}, signal?: AbortSignal): Promise<Uint8Array> {
    this.#refuseIfEnded();
    refuseIfCancelled(signal);
    try {
      const answer = await this.#answerOf(() => this.#transport.transmit(command), within);
      if (!ArrayBuffer.isView(answer)) throw new TransportError("protocol_error");
      return answer;
    } catch (error) {
      throw this.#failure(error, isSecret);
    }
  }

  /** What `ask` comes to, unless its time runs out or the connection ends before, be it while it is asked. */
  async #answerOf<Answer>(ask: () => Answer | Promise<Answer>, within: number): Promise<Answer> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      return await new Promise<Answer>((resolve, reject) => {
        timer = setTimeout(() => reject(new TransportError("timed_out")), within * 1000);
        this.#interrupt = reject;
        Promise.resolve(ask()).then(resolve, reject);
      });
    } finally {
      clearTimeout(timer);
    }
  }

  #refuseIfEnded(): void {
    if (this.#ended !== null) throw new TransportError(this.#ended);
  }

  /** Whatever the transport failed by ends the connection. A PIN may stand in what it says of the command. */
  #failure(error: unknown, isSecret = false): TransportError {
    const code = error instanceof TransportError ? error.code : "connection_closed";
    this.#end(code);
    if (isSecret) return new TransportError(code);
    return error instanceof TransportError ? error : new TransportError(code, { cause: error });
  }

  #end(code: TransportErrorCode): void {
    this.#ended ??= code === "card_removed" ? "card_removed" : "connection_closed";
    this.#stopListening();
    this.#interrupt(new TransportError(this.#ended));
  }
}
