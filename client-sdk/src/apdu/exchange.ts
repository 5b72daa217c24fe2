import { decodeResponse, encodeCommand, type CommandApdu, type ResponseApdu } from "./apdu.ts";
import { AppletError } from "../applet/applet-error.ts";
import { commands, statusWords } from "../applet/applet-table.ts";
import { concatBytes } from "../bytes.ts";
import type { Transport } from "../transports/transport.ts";

/** No answer of the applet is longer; an element that never ends its answer is refused. */
const longestAnswer = 0x10000;

/**
 * Sends a command and answers the whole response. A protocol that cannot carry it at once (ISO/IEC
 * 7816-3, T=0) says `61 xx`, fetched by GET RESPONSE, or `6C xx`, sent again with the right Le.
 * The encoded command is overwritten afterwards, since it may hold a PIN.
 */
export async function exchange(transport: Transport, command: CommandApdu): Promise<ResponseApdu> {
  let response = await exchangeOnce(transport, command);
  if (isGroup(response.status, statusWords.wrongExpectedLength)) {
    response = await exchangeOnce(transport, { ...command, expected: lengthIn(response.status) });
  }
  let data = response.data;
  while (isGroup(response.status, statusWords.moreData)) {
    response = await exchangeOnce(transport, { ...commands.getResponse, expected: lengthIn(response.status) });
    data = concatBytes(data, response.data);
    const isEndless = isGroup(response.status, statusWords.moreData) && response.data.length === 0;
    if (isEndless || data.length > longestAnswer) throw new AppletError("response_malformed");
  }
  return { data, status: response.status };
}

async function exchangeOnce(transport: Transport, command: CommandApdu): Promise<ResponseApdu> {
  const bytes = encodeCommand(command);
  try {
    const response = decodeResponse(await transport.transmit(bytes));
    if (response === null) throw new AppletError("response_malformed");
    return response;
  } finally {
    bytes.fill(0);
  }
}

function isGroup(status: number, group: number): boolean {
  return (status & 0xff00) === group;
}

function lengthIn(status: number): number {
  return status & 0xff || 0x100;
}
