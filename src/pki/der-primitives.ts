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
  if (contents.length === 0 || contents.length > maximumOidOctets) return null;
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
  const [first, ...rest] = arcs;
  if (!atStart || first === undefined) return null;
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
  const text = String.fromCharCode(...contents.subarray(0, digits));
  return /^[0-9]+$/.test(text) ? text : null;
}

/** `YYYYMMDDHHMMSS` of a day that exists. Leap seconds are not representable. */
function epochSeconds(digits: string): number | null {
  const year = Number(digits.slice(0, 4));
  const [month, day, hour, minute, second] = [4, 6, 8, 10, 12].map((at) => Number(digits.slice(at, at + 2)));
  if (month === undefined || day === undefined || hour === undefined || minute === undefined || second === undefined) return null;
  // Date.UTC takes years below 100 for the twentieth century; no certificate is that old.
  if (year < 1000 || month < 1 || month > 12 || hour > 23 || minute > 59 || second > 59) return null;
  const daysInMonth = new Date(Date.UTC(year, month, 0)).getUTCDate();
  if (day < 1 || day > daysInMonth) return null;
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
}
