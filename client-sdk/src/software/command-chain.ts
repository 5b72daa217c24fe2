import type { CommandApdu } from "../apdu/apdu.ts";
import { chainingBit } from "../apdu/chaining.ts";
import { statusWords } from "../apdu/status-words.ts";
import { concatBytes, type Bytes } from "../bytes.ts";

const longestData = 0xffff;

/** Puts chained commands together (ISO/IEC 7816-4, 5.1.1.1). */
export class CommandChain {
  /** What has come of a command that is not complete. */
  #begun: { readonly header: CommandApdu; readonly data: Bytes } | null = null;

  /** The whole command once its last link is here; until then, or if the chain breaks, the status word to answer. */
  add(link: CommandApdu): CommandApdu | number {
    const begun = this.#begun;
    this.#begun = null;
    const isLast = (link.cla & chainingBit) === 0;
    const command = { ...link, cla: link.cla & ~chainingBit };
    if (begun === null && isLast) return command;
    if (begun !== null && !hasHeader(command, begun.header)) return statusWords.lastOfChainExpected;
    const data = concatBytes(begun?.data ?? new Uint8Array(), link.data ?? new Uint8Array());
    if (data.length > longestData) return statusWords.wrongLength;
    if (isLast) return { ...command, data };
    this.#begun = { header: command, data };
    return statusWords.success;
  }

  /** As when the power goes. */
  forget(): void {
    this.#begun = null;
  }
}

function hasHeader(command: CommandApdu, header: CommandApdu): boolean {
  return command.cla === header.cla && command.ins === header.ins && command.p1 === header.p1 && command.p2 === header.p2;
}
