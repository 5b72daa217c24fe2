import { decodeCommand, decodeResponse, type CommandApdu } from "../apdu/apdu.ts";
import { toHex } from "../bytes.ts";

/**
 * What a trace shows of an exchange. Only what is known to be harmless is shown; everything else is masked,
 * octet by octet, as `**`. So a PIN is masked in whatever form VERIFY comes (extended, chained, by a class
 * byte of its own, or cut), and so is every file that is read.
 */

const instructions = { select: 0xa4, performSecurityOperation: 0x2a, readBinary: 0xb0, getResponse: 0xc0 } as const;
/** Instructions whose command data and response data are shown: names of files, digests and signatures. */
const harmless = new Set<number>([instructions.select, instructions.performSecurityOperation]);

/** Masks a conversation's commands and responses in turn. */
export class TraceMask {
  readonly #showsFiles: boolean;
  /** The instruction whose response GET RESPONSE goes on with. */
  #instruction: number | undefined;

  /** `showsFiles`: whether what READ BINARY reads is shown. A certificate tells who its holder is. */
  constructor(showsFiles: boolean) {
    this.#showsFiles = showsFiles;
  }

  /** The command in hexadecimal, masked. */
  command(bytes: Uint8Array): string {
    const command = decodeCommand(bytes);
    if (command?.ins !== instructions.getResponse) this.#instruction = command?.ins;
    if (command === null) return mask(bytes.length);
    if (command.data === undefined || harmless.has(command.ins)) return toHex(bytes);
    const { start, end } = rangeOfData(bytes, command);
    return toHex(bytes.subarray(0, start)) + mask(end - start) + toHex(bytes.subarray(end));
  }

  /** The response to that command in hexadecimal, masked. */
  response(bytes: Uint8Array): string {
    const response = decodeResponse(bytes);
    if (response === null) return mask(bytes.length);
    return this.#showsResponse() ? toHex(bytes) : mask(response.data.length) + toHex(bytes.subarray(response.data.length));
  }

  #showsResponse(): boolean {
    if (this.#instruction === instructions.readBinary) return this.#showsFiles;
    return this.#instruction !== undefined && harmless.has(this.#instruction);
  }
}

/** Where a command's data stands in its bytes: after four octets of header and one or three of Lc. */
function rangeOfData(bytes: Uint8Array, { data = new Uint8Array() }: CommandApdu): { start: number; end: number } {
  const start = bytes[4] === 0 ? 7 : 5;
  return { start, end: start + data.length };
}

/** What stands for that many octets. */
function mask(octets: number): string {
  return "**".repeat(octets);
}

/** Whether a masked text may stand for bytes: the same length, and the same where it is not masked. */
export function matchesMask(masked: string, bytes: Uint8Array): boolean {
  const shown = toHex(bytes);
  return shown.length === masked.length && shown.replace(/../gu, (octet, at: number) => (masked.startsWith("**", at) ? "**" : octet)) === masked;
}
