/** Contents octets of the primitive types of DER; `null` for what X.690 or RFC 5280 forbids. */

/** Contents octets where they stand in the input: a view of each would cost more than reading it. */
export interface Contents {
  readonly input: Uint8Array;
  readonly start: number;
  readonly end: number;
}

export interface BitString {
  readonly bytes: Uint8Array;
  readonly unusedBits: number;
}

const maximumOidOctets = 128;

/** X.690 8.3.2: not empty, and the first nine bits neither all zero nor all one. */
export function isMinimalInteger({ input, start, end }: Contents): boolean {
  const length = end - start;
  if (length < 2) return length === 1;
  const second = input[start + 1] ?? 0;
  return input[start] === 0x00 ? second >= 0x80 : input[start] !== 0xff || second < 0x80;
}

/** X.690 8.6 and 11.2.1: at most seven unused bits, all zero. */
export function decodeBitString({ input, start, end }: Contents): BitString | null {
  const unusedBits = input[start] ?? 0;
  if (start === end || unusedBits > 7) return null;
  const bytes = input.subarray(start + 1, end);
  if (bytes.length === 0) return unusedBits === 0 ? { bytes, unusedBits } : null;
  return ((input[end - 1] ?? 0) & ((1 << unusedBits) - 1)) === 0 ? { bytes, unusedBits } : null;
}

/** Object identifiers are few and met again and again: each place keeps the last one whose octets led to it, in a copy (`slice` of a Buffer is none). */
const knownOids: ({ readonly octets: Uint8Array; readonly text: string } | undefined)[] = Array.from({ length: 1024 });

/** X.690 8.19: dotted form. Arcs may be of any size (as under 2.25), the whole of at most 128 octets. */
export function decodeOid(contents: Contents): string | null {
  const { input, start, end } = contents;
  if (end - start > maximumOidOctets) return null;
  let place = 0;
  for (let at = start; at < end; at += 1) place = (place * 31 + (input[at] ?? 0)) % knownOids.length;
  const known = knownOids[place];
  if (known !== undefined && holds(contents, known.octets)) return known.text;
  const text = readOid(contents);
  if (text !== null) knownOids[place] = { octets: Uint8Array.from(input.subarray(start, end)), text };
  return text;
}

function holds({ input, start, end }: Contents, octets: Uint8Array): boolean {
  if (octets.length !== end - start) return false;
  for (let index = 0; index < octets.length; index += 1) if (input[start + index] !== octets[index]) return false;
  return true;
}

function readOid({ input, start, end }: Contents): string | null {
  if (start === end || (input[end - 1] ?? 0) >= 0x80) return null;
  let text = "";
  let arc = 0;
  let atStart = true;
  for (let at = start; at < end; at += 1) {
    const octet = input[at] ?? 0;
    if (atStart && octet === 0x80) return null;
    if (arc > largestExactArc) return decodeLargeOid(input.subarray(start, end));
    arc = arc * 128 + (octet & 0x7f);
    atStart = octet < 0x80;
    if (!atStart) continue;
    text += text === "" ? firstArcs(arc) : `.${arc}`;
    arc = 0;
  }
  return text;
}

/** Up to here an arc can take seven bits more and still be a safe integer. */
const largestExactArc = 2 ** 45;

/** The first two arcs are one (X.690 8.19.4). */
function firstArcs(arc: number): string {
  const root = Math.min(2, Math.floor(arc / 40));
  return `${root}.${arc - root * 40}`;
}

function decodeLargeOid(contents: Uint8Array): string | null {
  const arcs: bigint[] = [];
  let arc = 0n;
  let atStart = true;
  for (const octet of contents) {
    if (atStart && octet === 0x80) return null;
    arc = (arc << 7n) | BigInt(octet & 0x7f);
    atStart = octet < 0x80;
    if (!atStart) continue;
    arcs.push(arc);
    arc = 0n;
  }
  const [first = 0n, ...rest] = arcs;
  const root = first >= 80n ? 2n : first / 40n;
  return [root, first - root * 40n, ...rest].join(".");
}

/** RFC 5280 4.1.2.5: UTCTime for 1950 to 2049, GeneralizedTime from 2050 on. Epoch seconds. */
export function decodeTime(tagOfValue: number, contents: Uint8Array): number | null {
  if (tagOfValue === 0x17) {
    if (!isDigitsThenZ(contents, 12)) return null;
    const year = twoDigits(contents, 0);
    return epochSeconds((year >= 50 ? 1900 : 2000) + year, contents, 2);
  }
  if (tagOfValue !== 0x18) return null;
  const seconds = decodeGeneralizedTime(contents);
  return seconds === null || seconds < beginOf2050 ? null : seconds;
}

const beginOf2050 = Date.UTC(2050, 0, 1) / 1000;

/** GeneralizedTime as `YYYYMMDDHHMMSSZ`, without fraction or offset. Epoch seconds. */
export function decodeGeneralizedTime(contents: Uint8Array): number | null {
  return isDigitsThenZ(contents, 14) ? epochSeconds(twoDigits(contents, 0) * 100 + twoDigits(contents, 2), contents, 4) : null;
}

function isDigitsThenZ(contents: Uint8Array, digits: number): boolean {
  if (contents.length !== digits + 1 || contents[digits] !== 0x5a) return false;
  for (let at = 0; at < digits; at += 1) {
    const octet = contents[at] ?? 0;
    if (octet < 0x30 || octet > 0x39) return false;
  }
  return true;
}

function twoDigits(contents: Uint8Array, at: number): number {
  return ((contents[at] ?? 0) - 0x30) * 10 + (contents[at + 1] ?? 0) - 0x30;
}

const daysOfMonths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** `MMDDHHMMSS` of a day that exists. Leap seconds are not representable. */
function epochSeconds(year: number, contents: Uint8Array, at: number): number | null {
  const month = twoDigits(contents, at);
  const day = twoDigits(contents, at + 2);
  const hour = twoDigits(contents, at + 4);
  const minute = twoDigits(contents, at + 6);
  const second = twoDigits(contents, at + 8);
  // Date.UTC takes years below 100 for the twentieth century; no certificate is that old.
  if (year < 1000 || month < 1 || month > 12 || hour > 23 || minute > 59 || second > 59) return null;
  const isLeapYear = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const daysInMonth = month === 2 && isLeapYear ? 29 : (daysOfMonths[month - 1] ?? 0);
  if (day < 1 || day > daysInMonth) return null;
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
}
