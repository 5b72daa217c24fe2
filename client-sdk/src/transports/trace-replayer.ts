import { decodeCommand } from "../apdu/apdu.ts";
import { fromHex, toHex, type Bytes } from "../bytes.ts";
import { parseTrace, type TraceExchange } from "./trace-exchange.ts";
import { matchesMask, TraceMask } from "./trace-mask.ts";
import { TransportError } from "./transport-error.ts";
import type { Transport } from "./transport.ts";

/** The first difference between a trace and what was sent, as the cause of a `protocol_error`. */
export class TraceDifference extends Error {
  /** The exchange, counted from 1. */
  readonly position: number;
  /** The command in the trace; `undefined` at its end. */
  readonly expected: string | undefined;
  /** The command that was sent, masked. */
  readonly sent: string;

  constructor(position: number, expected: string | undefined, sent: string) {
    super(`exchange ${position}: the trace has ${expected ?? "come to its end"}, sent was ${sent}`);
    this.name = "TraceDifference";
    this.position = position;
    this.expected = expected;
    this.sent = sent;
  }
}

/** What the trace itself does not hold. */
export interface ReplayOptions {
  /** What stands for files that are masked in the trace, by elementary file identifier in hexadecimal (`000a`). */
  readonly files?: Readonly<Record<string, Uint8Array>>;
}

/**
 * Answers from a trace. What is masked in it matches anything of the same length. From the first
 * difference on, every command is refused with `protocol_error`.
 */
export class ReplayTransport implements Transport {
  readonly #exchanges: readonly TraceExchange[];
  readonly #files: Readonly<Record<string, Uint8Array>>;
  readonly #mask = new TraceMask(false);
  #position = 0;
  #failure: TransportError | undefined;
  /** The file selected, and how far it was read: GET RESPONSE goes on there. */
  #file: { readonly content: Uint8Array | undefined; offset: number } = { content: undefined, offset: 0 };

  /** @throws TypeError naming the line that is no exchange. */
  constructor(trace: string, { files = {} }: ReplayOptions = {}) {
    this.#exchanges = parseTrace(trace);
    this.#files = files;
  }

  /** Exchanges of the trace that have not been asked for yet. */
  get left(): number {
    return this.#exchanges.length - this.#position;
  }

  async transmit(command: Uint8Array): Promise<Bytes> {
    if (this.#failure !== undefined) throw this.#failure;
    const sent = this.#mask.command(command);
    const exchange = this.#exchanges[this.#position];
    this.#position += 1;
    if (exchange === undefined || !matchesMask(exchange.command, command)) {
      throw this.#fail(new TraceDifference(this.#position, exchange?.command, sent));
    }
    this.#follow(command);
    if ("error" in exchange) throw new TransportError(exchange.error);
    return this.#unmask(exchange.response);
  }

  /** Keeps in mind which file is being read and where. */
  #follow(bytes: Uint8Array): void {
    const { ins, p1, p2, data } = decodeCommand(bytes) ?? {};
    if (ins === 0xa4) this.#file = { content: data === undefined ? undefined : this.#files[toHex(data)], offset: 0 };
    if (ins === 0xb0 && p1 !== undefined && p2 !== undefined) this.#file.offset = (p1 << 8) | p2;
  }

  #unmask(masked: string): Bytes {
    const octets = masked.lastIndexOf("**") / 2 + 1;
    const shown = fromHex(masked.replace(/\*\*/gu, "00")) ?? new Uint8Array();
    if (octets < 1) return shown;
    const { content, offset } = this.#file;
    if (content === undefined || content.length < offset + octets) {
      throw this.#fail(new Error(`exchange ${this.#position}: what was read is masked and not in the files given`));
    }
    shown.set(content.subarray(offset, offset + octets));
    this.#file.offset += octets;
    return shown;
  }

  #fail(cause: Error): TransportError {
    this.#failure = new TransportError("protocol_error", { cause });
    return this.#failure;
  }
}
