import { fromHex, toHex } from "../../src/bytes.ts";
import type { Transport } from "../../src/transports/transport.ts";

/** A transport that gives prepared answers in order and remembers the commands, both in hexadecimal. */
export class ScriptedTransport implements Transport {
  readonly sent: string[] = [];
  /** The very buffers that were sent. */
  readonly buffers: Uint8Array[] = [];
  readonly #answers: string[];

  constructor(...answers: string[]) {
    this.#answers = answers;
  }

  async transmit(command: Uint8Array): Promise<Uint8Array> {
    this.sent.push(toHex(command));
    this.buffers.push(command);
    const answer = this.#answers.shift();
    if (answer === undefined) throw new Error("the script has ended");
    return fromHex(answer) ?? new Uint8Array();
  }
}
