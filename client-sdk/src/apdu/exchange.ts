import { decodeResponse, encodeCommand, type CommandApdu, type ResponseApdu } from "./apdu.ts";
import { chain } from "./chaining.ts";
import { isGroup, lengthIn, statusWords } from "./status-words.ts";
import { concatBytes } from "../bytes.ts";
import type { Transmit, TransmitOptions } from "../transports/connection.ts";
import { TransportError } from "../transports/transport-error.ts";

/** How a command is carried. */
export interface ExchangeOptions extends TransmitOptions {
  /** Whether the way and the element carry extended length. If not, a long command goes as a chain of short ones. */
  readonly extendedLength?: boolean | undefined;
}

const getResponse = { cla: 0x00, ins: 0xc0, p1: 0x00, p2: 0x00 } as const;

/**
 * Sends a command and answers the whole response. What does not come at once is fetched by GET RESPONSE
 * (`61 xx`); a command with the wrong Le (`6C xx`) is sent once more with the right one, unless it had none:
 * then it may hold a PIN, which is never sent twice. Every encoded command is overwritten afterwards.
 *
 * Rejects with what `transmit` rejects with, and with `protocol_error` if the answer has no status word or
 * more data than was asked for: it is then no answer to this command.
 */
export async function exchange(transmit: Transmit, command: CommandApdu, options: ExchangeOptions = {}): Promise<ResponseApdu> {
  const { data, status } = await sendWithRightLength(transmit, command, options);
  if (!isGroup(status, statusWords.moreData)) return { data, status };
  // Normal processing all the same: data that nobody asked for is left where it is.
  if (command.expected === undefined) return { data, status: statusWords.success };
  return fetchRest(transmit, { data, status }, command.expected, options);
}

async function fetchRest(transmit: Transmit, begun: ResponseApdu, expected: number, options: ExchangeOptions): Promise<ResponseApdu> {
  let { data, status } = begun;
  while (isGroup(status, statusWords.moreData)) {
    const part = await sendWithRightLength(transmit, { ...getResponse, expected: lengthIn(status) }, options);
    const isEndless = part.data.length === 0 && isGroup(part.status, statusWords.moreData);
    data = concatBytes(data, part.data);
    status = part.status;
    if (isEndless || data.length > expected) throw new TransportError("protocol_error");
  }
  return { data, status };
}

async function sendWithRightLength(transmit: Transmit, command: CommandApdu, options: ExchangeOptions): Promise<ResponseApdu> {
  const response = await send(transmit, command, options);
  if (command.expected === undefined || !isGroup(response.status, statusWords.wrongExpectedLength)) return response;
  return send(transmit, { ...command, expected: lengthIn(response.status) }, options);
}

async function send(transmit: Transmit, command: CommandApdu, options: ExchangeOptions): Promise<ResponseApdu> {
  const links = options.extendedLength === true ? [command] : chain(command);
  let response: ResponseApdu = { data: new Uint8Array(), status: statusWords.success };
  for (const link of links) {
    response = await sendOne(transmit, link, options);
    if (response.status !== statusWords.success) break;
  }
  return response;
}

async function sendOne(transmit: Transmit, command: CommandApdu, options: TransmitOptions): Promise<ResponseApdu> {
  const bytes = encodeCommand(command);
  try {
    const response = decodeResponse(await transmit(bytes, options));
    if (response === null || response.data.length > (command.expected ?? 0)) throw new TransportError("protocol_error");
    return response;
  } finally {
    bytes.fill(0);
  }
}
