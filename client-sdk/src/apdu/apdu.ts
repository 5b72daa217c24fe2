/** Command and response APDUs (ISO/IEC 7816-4, 5.1), short and extended length. */
import { concatBytes, type Bytes } from "../bytes.ts";

/** A command: its header, data, and how much answer is wanted. */
export interface CommandApdu {
  readonly cla: number;
  readonly ins: number;
  readonly p1: number;
  readonly p2: number;
  /** Command data, at most 65535 octets; absent and empty are the same. */
  readonly data?: Uint8Array;
  /** The most octets of response data wanted (Ne): 1 to 65536; absent for none. */
  readonly expected?: number;
}

/** A response: its data, and how the command ended. */
export interface ResponseApdu {
  readonly data: Uint8Array;
  /** The status word SW1-SW2. */
  readonly status: number;
}

const none = new Uint8Array();

/**
 * Bytes of a command: short if it fits, else extended.
 * @throws RangeError when a field is outside its range.
 */
export function encodeCommand(command: CommandApdu): Bytes {
  const { cla, ins, p1, p2, data = none, expected = 0 } = command;
  if ([cla, ins, p1, p2].some((octet) => !isInteger(octet, 0, 0xff))) throw new RangeError("the header holds octets");
  if (data.length > 0xffff) throw new RangeError("command data is at most 65535 octets");
  if (!isInteger(expected, 0, 0x10000)) throw new RangeError("at most 65536 octets can be expected");
  const header = Uint8Array.of(cla, ins, p1, p2);
  const extended = data.length > 0xff || expected > 0x100;
  return extended ? encodeExtended(header, data, expected) : encodeShort(header, data, expected);
}

function encodeShort(header: Uint8Array, data: Uint8Array, expected: number): Bytes {
  const lc = data.length > 0 ? Uint8Array.of(data.length) : none;
  const le = expected > 0 ? Uint8Array.of(expected & 0xff) : none;
  return concatBytes(header, lc, data, le);
}

function encodeExtended(header: Uint8Array, data: Uint8Array, expected: number): Bytes {
  const lc = data.length > 0 ? Uint8Array.of(0, data.length >> 8, data.length & 0xff) : none;
  const le = Uint8Array.of((expected >> 8) & 0xff, expected & 0xff);
  if (expected === 0) return concatBytes(header, lc, data);
  return data.length > 0 ? concatBytes(header, lc, data, le) : concatBytes(header, Uint8Array.of(0), le);
}

/** Reads a command; its data is a view of the given bytes. `null` if the lengths do not agree. */
export function decodeCommand(bytes: Uint8Array): CommandApdu | null {
  const [cla, ins, p1, p2] = bytes;
  if (cla === undefined || ins === undefined || p1 === undefined || p2 === undefined) return null;
  const body = decodeBody(bytes.subarray(4));
  return body === null ? null : { cla, ins, p1, p2, ...body };
}

type Body = Pick<CommandApdu, "data" | "expected">;

function decodeBody(body: Uint8Array): Body | null {
  const [first] = body;
  if (first === undefined) return {};
  if (body.length === 1) return { expected: first || 0x100 };
  if (first !== 0) return decodeDataAndExpected(body, 1, first, 1);
  if (body.length === 3) return { expected: readLength(body, 1, 2) || 0x10000 };
  const dataLength = readLength(body, 1, 2);
  return body.length > 3 && dataLength > 0 ? decodeDataAndExpected(body, 3, dataLength, 2) : null;
}

function decodeDataAndExpected(body: Uint8Array, start: number, dataLength: number, octetsOfLe: 1 | 2): Body | null {
  const end = start + dataLength;
  const data = body.subarray(start, end);
  if (body.length === end) return { data };
  if (body.length !== end + octetsOfLe) return null;
  return { data, expected: readLength(body, end, octetsOfLe) || 0x100 ** octetsOfLe };
}

function readLength(bytes: Uint8Array, offset: number, octets: 1 | 2): number {
  return bytes.subarray(offset, offset + octets).reduce((length, octet) => length * 0x100 + octet, 0);
}

/** Bytes of a response: data, then the status word. */
export function encodeResponse({ data, status }: ResponseApdu): Bytes {
  return concatBytes(data, Uint8Array.of(status >> 8, status & 0xff));
}

/** Reads a response; `null` if it has no status word. */
export function decodeResponse(bytes: Uint8Array): ResponseApdu | null {
  if (bytes.length < 2) return null;
  const end = bytes.length - 2;
  return { data: bytes.slice(0, end), status: readLength(bytes, end, 2) };
}

function isInteger(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}
