import { concatBytes, randomBytes, toHex } from "../bytes.ts";
import { readHostMessage, writeRequest, type HostMessage, type MessagePort, type RequestBody } from "./message-bridge-messages.ts";
import { TransportError, type TransportErrorCode } from "./transport-error.ts";
import type { Transport } from "./transport.ts";

/** How long the app has. */
export interface MessageBridgeOptions {
  /** Seconds until a card must have been presented; 60 if absent. */
  readonly openWithin?: number;
  /** Seconds until a command must be answered, or the connection closed; 10 if absent. */
  readonly answerWithin?: number;
}

interface Pending {
  readonly id: number;
  readonly resolve: (message: HostMessage) => void;
  readonly reject: (error: TransportError) => void;
}

/**
 * Reaches an element through a native app, by the messages of docs/message-bridge.md. Answers that nobody
 * waits for are passed over: late ones, second ones, and those to somebody else.
 */
export class MessageBridgeTransport implements Transport {
  readonly #port: MessagePort;
  readonly #openWithin: number;
  readonly #answerWithin: number;
  /** Unguessable, so that nothing from before this page was loaded is taken for an answer to it. */
  readonly #session = toHex(randomBytes(16));
  readonly #pending = new Map<number, Pending>();
  readonly #listeners = new Set<() => void>();
  #stopListening: (() => void) | undefined;
  #lastId = 0;
  #opening: Promise<void> | undefined;
  /** The id of the `open` that made the connection; or why there is none. */
  #connection: number | "connection_closed" | "card_removed" = "connection_closed";

  constructor(port: MessagePort, { openWithin = 60, answerWithin = 10 }: MessageBridgeOptions = {}) {
    this.#port = port;
    this.#openWithin = openWithin;
    this.#answerWithin = answerWithin;
  }

  /** Asks the app for a card. Rejects with the code that the app gives, or `timed_out`. */
  async open(): Promise<void> {
    if (typeof this.#connection === "number") return;
    this.#opening ??= this.#open().finally(() => (this.#opening = undefined));
    await this.#opening;
  }

  /** If there is no answer in time, or none that can be read, the connection ends: what the command did is not known. */
  async transmit(command: Uint8Array): Promise<Uint8Array> {
    if (typeof this.#connection !== "number") throw new TransportError(this.#connection);
    const own = concatBytes(command);
    try {
      const answer = await this.#ask({ type: "transmit", command: own }, this.#answerWithin);
      if (answer.type === "response") return answer.response;
      throw this.#end("protocol_error");
    } finally {
      own.fill(0);
    }
  }

  /** Gives up what is under way, with `connection_closed`, and lets the app let the card go. */
  async close(): Promise<void> {
    if (this.#stopListening === undefined) return;
    this.#end("connection_closed");
    try {
      await this.#ask({ type: "close" }, this.#answerWithin);
    } catch {
      // Closed on this side all the same; a host that did not hear of it closes at the next `open`.
    }
    this.#stopListening?.();
    this.#stopListening = undefined;
  }

  onRemoved(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #open(): Promise<void> {
    this.#stopListening ??= this.#port.onMessage((message) => this.#receive(message));
    const answer = await this.#ask({ type: "open" }, this.#openWithin);
    if (answer.type !== "opened") throw this.#end("protocol_error");
    this.#connection = answer.id;
  }

  async #ask(body: RequestBody, within: number): Promise<HostMessage> {
    this.#lastId += 1;
    const id = this.#lastId;
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      return await new Promise<HostMessage>((resolve, reject) => {
        this.#pending.set(id, { id, resolve, reject });
        timer = setTimeout(() => this.#end("timed_out"), within * 1000);
        this.#post(id, body);
      });
    } finally {
      clearTimeout(timer);
      this.#pending.delete(id);
    }
  }

  /** A port that throws is a bridge that is down. */
  #post(id: number, body: RequestBody): void {
    try {
      this.#port.post(writeRequest({ session: this.#session, id, ...body }));
    } catch {
      this.#end("connection_closed");
    }
  }

  #receive(text: string): void {
    const read = readHostMessage(text);
    if (read.kind === "garbage") return;
    const { session, id } = read.kind === "message" ? read.message : read.reference;
    if (session !== this.#session) return;
    if (read.kind === "message" && read.message.type === "removed") return this.#remove(id);
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#pending.delete(id);
    if (read.kind === "malformed") return pending.reject(this.#end("protocol_error"));
    if (read.message.type !== "error") return pending.resolve(read.message);
    if (read.message.code === "card_removed" && typeof this.#connection === "number") this.#remove(this.#connection);
    pending.reject(new TransportError(read.message.code));
  }

  #remove(connection: number): void {
    if (connection !== this.#connection) return;
    this.#end("card_removed");
    for (const listener of this.#listeners) listener();
  }

  /** Ends the connection and gives up all requests; the app is told which. */
  #end(code: TransportErrorCode): TransportError {
    const error = new TransportError(code);
    this.#connection = code === "card_removed" ? "card_removed" : "connection_closed";
    const givenUp = [...this.#pending.values()];
    this.#pending.clear();
    for (const { id, reject } of givenUp) {
      reject(error);
      this.#post(id, { type: "cancel" });
    }
    return error;
  }
}
