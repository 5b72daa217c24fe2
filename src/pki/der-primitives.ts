/** Contents octets of the primitive types of DER; `null` for what X.690 or RFC 5280 forbids. */

export interface BitString {
  readonly bytes: Uint8Array;
  readonly unusedBits: number;
}

const maximumOidOctets = 128;

/** X.690 8.3.2: not empty, and the first nine bits neither all zero nor all one. */
export function isMinimalInteger(contents: Uint8Array): boolean {
  const [first, second] = contents;
  if (first === undefined) return false;
  if (second === undefined) return true;
  return !((first === 0x00 && second < 0x80) || (first === 0xff && second >= 0x80));
}

/** X.690 8.6 and 11.2.1: at most seven unused bits, all zero. */
export function decodeBitString(contents: Uint8Array): BitString | null {
  const unusedBits = contents[0];
  if (unusedBits === undefined || unusedBits > 7) return null;
  const bytes = contents.subarray(1);
  const last = bytes.at(-1);
  if (last === undefined) return unusedBits === 0 ? { bytes, unusedBits } : null;
  return (last & ((1 << unusedBits) - 1)) === 0 ? { bytes, unusedBits } : null;
}

/** X.690 8.19: dotted form. Arcs may be of any size (as under 2.25), the whole of at most 128 octets. */
export function decodeOid(contents: Uint8Array): string | null {
  const last = contents.at(-1);
  if (last === undefined || last >= 0x80 || contents.length > maximumOidOctets) return null;
  let text = "";
  let arc = 0;
  let atStart = true;
  for (const octet of contents) {
    if (atStart && octet === 0x80) return null;
    if (arc > largestExactArc) return decodeLargeOid(contents);
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
    const text = asciiDigitsThenZ(contents, 12);
    if (text === null) return null;
    return epochSeconds((Number(text.slice(0, 2)) >= 50 ? "19" : "20") + text);
  }
  if (tagOfValue !== 0x18) return null;
  const text = asciiDigitsThenZ(contents, 14);
  return text === null || Number(text.slice(0, 4)) < 2050 ? null : epochSeconds(text);
}

/** GeneralizedTime as `YYYYMMDDHHMMSSZ`, without fraction or offset. Epoch seconds. */
export function decodeGeneralizedTime(contents: Uint8Array): number | null {
  const text = asciiDigitsThenZ(contents, 14);
  return text === null ? null : epochSeconds(text);
}

function asciiDigitsThenZ(contents: Uint8Array, digits: number): string | null {
  if (contents.length !== digits + 1 || contents[digits] !== 0x5a) return null;
  let text = "";
  for (let at = 0; at < digits; at += 1) {
    const octet = contents[at] ?? 0;
    if (octet < 0x30 || octet > 0x39) return null;
    text += String.fromCharCode(octet);
  }
  return text;
}

const daysOfMonths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** `YYYYMMDDHHMMSS` of a day that exists. Leap seconds are not representable. */
function epochSeconds(digits: string): number | null {
  const year = Number(digits.slice(0, 4));
  const pair = (at: number): number => Number(digits.slice(at, at + 2));
  const [month, day, hour, minute, second] = [pair(4), pair(6), pair(8), pair(10), pair(12)] as const;
  // Date.UTC takes years below 100 for the twentieth century; no certificate is that old.
  if (year < 1000 || month < 1 || month > 12 || hour > 23 || minute > 59 || second > 59) return null;
  const isLeapYear = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const daysInMonth = month === 2 && isLeapYear ? 29 : (daysOfMonths[month - 1] ?? 0);
  if (day < 1 || day > daysInMonth) return null;
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
}
