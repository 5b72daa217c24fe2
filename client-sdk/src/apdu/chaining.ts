import type { CommandApdu } from "./apdu.ts";

/** CLA, bit 5: more commands of the chain follow. */
export const chainingBit = 0x10;

const longestShortData = 0xff;
const longestShortAnswer = 0x100;

/**
 * Command chaining (ISO/IEC 7816-4, 5.1.1.1): the short commands that carry one command, in order; a
 * command that is short already is the only one. More than 256 octets of answer then come as `61 xx`.
 */
export function chain(command: CommandApdu): CommandApdu[] {
  const { data = new Uint8Array(), expected, ...header } = command;
  const links: CommandApdu[] = [];
  let offset = 0;
  for (; data.length - offset > longestShortData; offset += longestShortData) {
    links.push({ ...header, cla: header.cla | chainingBit, data: data.subarray(offset, offset + longestShortData) });
  }
  const last = { ...header, ...(data.length > 0 && { data: data.subarray(offset) }) };
  links.push(expected === undefined ? last : { ...last, expected: Math.min(expected, longestShortAnswer) });
  return links;
}
