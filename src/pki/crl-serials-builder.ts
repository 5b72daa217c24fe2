import { emptyTable, packSerial, type SerialTable, takeEntry } from "./crl-serials.ts";

type Arrays = Omit<SerialTable, "size">;

const slotsPerEntry = 1.5;
/** Set aside at once for entries that have only been announced; the system gives the memory when it is written to. */
const maximumFirstCapacity = 2 ** 23;
const hold = 6;
const removeFromCRL = 8;

/** Gathers the entries of a CRL in one pass. */
export class SerialTableBuilder {
  #arrays: Arrays;
  #capacity: number;
  #size = 0;
  #hasDuplicates = false;

  /** @param expected - the number of entries to make room for; more may come. */
  constructor(expected: number, width = 1) {
    this.#capacity = Math.min(Math.max(expected, 1), maximumFirstCapacity);
    this.#arrays = allocate(this.#capacity, width, false);
  }

  /** @param start - where the contents octets of the serial number begin in `bytes`. */
  add(bytes: Uint8Array, start: number, length: number, revokedAt: number, reason: number, issuer: number): void {
    const words = (length + 3) >> 2;
    if (words > this.#arrays.width || this.#size === this.#capacity || (issuer !== 0 && this.#arrays.issuers === null)) {
      this.#rebuild(words, this.#size === this.#capacity ? this.#capacity * 2 : this.#capacity, issuer !== 0);
    }
    const { serials, width } = this.#arrays;
    packSerial(bytes, start, length, serials, this.#size * width, width);
    this.#insert(this.#size, issuer, revokedAt, reason);
  }

  /** Whether a certificate was listed more than once. */
  get hasDuplicates(): boolean {
    return this.#hasDuplicates;
  }

  /** The table, trimmed to what it holds. */
  finish(): SerialTable {
    if (this.#size === 0) return emptyTable;
    if (this.#capacity > this.#size * 1.05 + 16) this.#rebuild(1, this.#size, false);
    return { size: this.#size, ...this.#arrays };
  }

  /** Takes up the entry whose key is already written at `position`. */
  #insert(position: number, issuer: number, revokedAt: number, reason: number): void {
    const { width, serials, dates, reasons, issuers } = this.#arrays;
    const earlier = takeEntry(this.#arrays, serials, position * width, issuer, position);
    this.#hasDuplicates ||= earlier >= 0;
    // Of two entries for one certificate the graver counts, so that a hold never hides a revocation.
    if (earlier >= 0 && gravity(reasons[earlier] ?? 0) >= gravity(reason)) return;
    const entry = earlier >= 0 ? earlier : position;
    dates[entry] = Math.min(Math.max(revokedAt, 0), 0xffffffff);
    reasons[entry] = reason;
    if (issuers !== null) issuers[entry] = issuer;
    if (earlier < 0) this.#size += 1;
  }

  #rebuild(words: number, capacity: number, indirect: boolean): void {
    const old = this.#arrays;
    const width = Math.max(words, old.width);
    const next = allocate(capacity, width, indirect || old.issuers !== null);
    const fillOf = (top: number) => (top > 0x7fffffff ? 0xffffffff : 0);
    const size = this.#size;
    for (let entry = 0; entry < size; entry += 1) {
      const [from, to] = [entry * old.width, entry * width];
      for (let index = 0; index < old.width; index += 1) next.serials[to + index] = old.serials[from + index] ?? 0;
      if (width > old.width) next.serials.fill(fillOf(old.serials[from + old.width - 1] ?? 0), to + old.width, to + width);
    }
    next.dates.set(old.dates.subarray(0, size));
    next.reasons.set(old.reasons.subarray(0, size));
    if (old.issuers !== null) next.issuers?.set(old.issuers.subarray(0, size));
    for (let entry = 0; entry < size; entry += 1) takeEntry(next, next.serials, entry * width, next.issuers?.[entry] ?? 0, entry);
    this.#arrays = next;
    this.#capacity = capacity;
  }
}

function gravity(reason: number): number {
  if (reason === removeFromCRL) return 0;
  return reason === hold ? 1 : 2;
}

function allocate(capacity: number, width: number, indirect: boolean): Arrays {
  return {
    width,
    serials: new Uint32Array(new SharedArrayBuffer(capacity * width * 4)),
    dates: new Uint32Array(new SharedArrayBuffer(capacity * 4)),
    reasons: new Uint8Array(new SharedArrayBuffer(capacity)),
    slots: new Uint32Array(new SharedArrayBuffer((Math.ceil(capacity * slotsPerEntry) + 1) * 4)),
    issuers: indirect ? new Uint32Array(new SharedArrayBuffer(capacity * 4)) : null,
  };
}
