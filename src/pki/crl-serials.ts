import { crlReasons, type CrlReason, type Revocation } from "./crl-reason.ts";

/**
 * Serial numbers of one CRL in typed arrays: an open-addressing hash table over fixed-width keys, in
 * shared memory, so that a worker reads it without a copy and a file holds it as it stands.
 */
export interface SerialTable {
  readonly size: number;
  /** 32-bit words of a key: the INTEGER's contents, sign-extended. */
  readonly width: number;
  readonly serials: Uint32Array;
  /** Epoch seconds of the revocation, held to the range of 32 bits (1970 to 2106). */
  readonly dates: Uint32Array;
  /** CRLReason by number, {@link noReason} when none is given. */
  readonly reasons: Uint8Array;
  /** Position of an entry plus one in 24 bits, above it eight bits of its hash; zero for a free slot. */
  readonly slots: Uint32Array;
  /** Number of the certificate issuer of each entry, zero for the CRL's; `null` when all are of the CRL's. */
  readonly issuers: Uint32Array | null;
}

export const noReason = 0xff;

export const emptyTable: SerialTable = {
  size: 0,
  width: 1,
  serials: new Uint32Array(),
  dates: new Uint32Array(),
  reasons: new Uint8Array(),
  slots: new Uint32Array(1),
  issuers: null,
};

/**
 * Writes the key of a serial number (contents octets of an INTEGER) into `words`, least significant word
 * first. The number of octets must not exceed the room.
 */
export function packSerial(bytes: Uint8Array, start: number, length: number, words: Uint32Array, offset: number, width: number): void {
  const fill = ((bytes[start] ?? 0) & 0x80) === 0 ? 0 : -1;
  let end = start + length;
  for (let index = 0; index < width; index += 1, end -= 4) {
    if (end - start >= 4) {
      words[offset + index] = ((bytes[end - 4] ?? 0) << 24) | ((bytes[end - 3] ?? 0) << 16) | ((bytes[end - 2] ?? 0) << 8) | (bytes[end - 1] ?? 0);
      continue;
    }
    let word = fill;
    for (let at = start; at < end; at += 1) word = (word << 8) | (bytes[at] ?? 0);
    words[offset + index] = word;
  }
}

export function hashSerial(words: Uint32Array, offset: number, width: number, issuer: number): number {
  let hash = issuer;
  for (let index = 0; index < width; index += 1) {
    hash = Math.imul(hash ^ (words[offset + index] ?? 0), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash, 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}

/** Enough: a CRL of 256 MiB has fewer entries, for none is shorter than 20 octets. */
const positionMask = 0xffffff;

/** The position of the key's entry, -1 when the table does not have it. */
function entryOf(table: Omit<SerialTable, "size">, words: Uint32Array, offset: number, issuer: number): number {
  return probe(table, words, offset, issuer, hashSerial(words, offset, table.width, issuer), 0);
}

/** As {@link entryOf}; a key that is new gets the position `next`. */
export function takeEntry(table: Omit<SerialTable, "size">, words: Uint32Array, offset: number, issuer: number, next: number): number {
  return probe(table, words, offset, issuer, hashSerial(words, offset, table.width, issuer), next + 1);
}

function probe(table: Omit<SerialTable, "size">, words: Uint32Array, offset: number, issuer: number, hash: number, newcomer: number): number {
  const { width, serials, slots, issuers } = table;
  // The hash beside the position spares most look-ups of a key far away in memory.
  const mark = hash & ~positionMask;
  for (let slot = hash % slots.length; ; slot = slot + 1 === slots.length ? 0 : slot + 1) {
    const found = slots[slot] ?? 0;
    if (found === 0) {
      if (newcomer > 0) slots[slot] = mark | newcomer;
      return -1;
    }
    if ((found & ~positionMask) !== mark) continue;
    const entry = (found & positionMask) - 1;
    const base = entry * width;
    let same = (issuers?.[entry] ?? 0) === issuer;
    for (let index = 0; same && index < width; index += 1) same = serials[base + index] === words[offset + index];
    if (same) return entry;
  }
}

/** Looks serial numbers up; the key is packed into the finder's own room, so nothing is allocated. */
export function createFinder(table: SerialTable): (serialNumber: Uint8Array, issuer: number) => number {
  const room = new Uint32Array(table.width);
  return (serialNumber, issuer) => {
    const { length } = serialNumber;
    if (length === 0 || length > table.width * 4) return -1;
    packSerial(serialNumber, 0, length, room, 0, table.width);
    return entryOf(table, room, 0, issuer);
  };
}

/** Contents octets of the serial number of an entry: minimal, as DER has it. */
export function serialAt({ serials, width }: SerialTable, entry: number): Uint8Array<ArrayBuffer> {
  const octets = new Uint8Array(width * 4);
  const view = new DataView(octets.buffer);
  for (let index = 0; index < width; index += 1) view.setUint32((width - 1 - index) * 4, serials[entry * width + index] ?? 0);
  let start = 0;
  while (start < octets.length - 1 && isRedundant(octets[start] ?? 0, octets[start + 1] ?? 0)) start += 1;
  return octets.subarray(start);
}

const isRedundant = (first: number, second: number): boolean => (first === 0 && second < 0x80) || (first === 0xff && second > 0x7f);

/** What the table says of an entry. */
export function revocationAt({ dates, reasons }: SerialTable, entry: number): Revocation {
  const number = reasons[entry] ?? noReason;
  const reason: CrlReason | null = number === noReason ? null : (crlReasons[number as keyof typeof crlReasons] ?? null);
  return { revokedAt: dates[entry] ?? 0, reason };
}

/** Octets of memory that the table takes. */
export function sizeOfTable({ serials, dates, reasons, slots, issuers }: SerialTable): number {
  return serials.byteLength + dates.byteLength + reasons.byteLength + slots.byteLength + (issuers?.byteLength ?? 0);
}
