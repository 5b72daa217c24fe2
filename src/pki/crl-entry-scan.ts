import { type CrlEntries, revokedCertificates } from "./crl-entries.ts";
import { readEntry } from "./crl-entry.ts";
import { SerialTableBuilder } from "./crl-serials-builder.ts";
import { noReason } from "./crl-serials.ts";
import { utcSeconds } from "./crl-time.ts";
import { type DerLimits, parseDer } from "./der.ts";
import type { Name } from "./name.ts";
import type { Refused } from "../errors.ts";

/** How a CRL is read. */
export interface CrlReading {
  /** Whether serial numbers that are zero or negative are read as they stand (RFC 5280 4.1.2.2). */
  readonly anySerialNumber?: boolean;
}

/** Octets of one entry. The usual one has less than 50; a certificateIssuer is the longest that is known. */
export const maximumEntryLength = 16 * 1024;
const limits: DerLimits = { maximumLength: maximumEntryLength + 4, maximumDepth: 24, maximumValues: 4096 };

/** `30 0c 30 0a 06 03 55 1d 15 04 03 0a 01`, then the reason: the only extension that usual entries have. */
const reasonExtension = Uint8Array.of(0x30, 0x0c, 0x30, 0x0a, 0x06, 0x03, 0x55, 0x1d, 0x15, 0x04, 0x03, 0x0a, 0x01);
const greatestReason = 10;
const reasonNotUsed = 7;

/**
 * Scans revokedCertificates (RFC 5280 5.1.2.6) part by part. Entries of the usual form are read in
 * place, without an object each; any other form is read by the strict reader, which alone refuses.
 */
export class EntryScan {
  readonly #issuers: Map<string, number>;
  readonly #unknownCritical = new Set<string>();
  readonly #anySerialNumber: boolean;
  readonly #listLength: number;
  #builder: SerialTableBuilder | null = null;
  /** An entry is of the issuer of the one before it unless it names another. */
  #issuer = 0;
  #hasExtensions = false;
  #hasCertificateIssuer = false;
  #refusal: Refused | null = null;

  /** @param listLength - octets of all entries, for the room to set aside. */
  constructor(issuer: Name, listLength: number, { anySerialNumber = false }: CrlReading) {
    this.#issuers = new Map([[issuer.comparable, 0]]);
    this.#anySerialNumber = anySerialNumber;
    this.#listLength = listLength;
  }

  /** Why the entries are malformed, `null` while they are not. */
  get refusal(): Refused | null {
    return this.#refusal;
  }

  /** Reads the complete entries in `bytes` from `start` to `end`; returns where the first incomplete one begins. */
  scan(bytes: Uint8Array, start: number, end: number): number {
    let position = start;
    while (position < end) {
      const next = endOfEntry(bytes, position, end);
      if (next === incomplete) break;
      this.#builder ??= new SerialTableBuilder(Math.ceil((this.#listLength / (next - position)) * 1.02));
      if (!this.#takeUsual(this.#builder, bytes, position, next) && !this.#takeAny(this.#builder, bytes, position, next)) break;
      position = next;
    }
    return position;
  }

  finish(): CrlEntries {
    const table = (this.#builder ?? new SerialTableBuilder(1)).finish();
    return {
      hasDuplicates: this.#builder?.hasDuplicates ?? false,
      revoked: revokedCertificates(table, this.#issuers),
      hasCertificateIssuer: this.#hasCertificateIssuer,
      unknownCritical: this.#unknownCritical,
      hasExtensions: this.#hasExtensions,
    };
  }

  #takeUsual(builder: SerialTableBuilder, bytes: Uint8Array, start: number, end: number): boolean {
    if (bytes[start] !== 0x30 || (bytes[start + 1] ?? 0) >= 0x80 || bytes[start + 2] !== 0x02) return false;
    const length = bytes[start + 3] ?? 0;
    const [serial, time] = [start + 4, start + 4 + length];
    const [first, second] = [bytes[serial] ?? 0, bytes[serial + 1] ?? 0];
    // Positive and minimal; what is not goes to the strict reader.
    if (length === 0 || length > 20 || first > 0x7f || (first === 0 && (length === 1 || second < 0x80))) return false;
    if (end < time + 15 || bytes[time] !== 0x17 || bytes[time + 1] !== 0x0d) return false;
    const revokedAt = utcSeconds(bytes, time + 2);
    if (revokedAt === null) return false;
    let reason = noReason;
    if (end > time + 15) {
      if (end !== time + 29) return false;
      for (let index = 0; index < 13; index += 1) if (bytes[time + 15 + index] !== reasonExtension[index]) return false;
      reason = bytes[time + 28] ?? noReason;
      if (reason > greatestReason || reason === reasonNotUsed) return false;
      this.#hasExtensions = true;
    }
    builder.add(bytes, serial, length, revokedAt, reason, this.#issuer);
    return true;
  }

  #takeAny(builder: SerialTableBuilder, bytes: Uint8Array, start: number, end: number): boolean {
    const read = parseDer(bytes.subarray(start, end), limits, (reader) => readEntry(reader, this.#anySerialNumber), "malformed_crl");
    if (!read.valid) {
      this.#refusal = read;
      return false;
    }
    const { serialNumber, revokedAt, reason, issuer, unknownCritical, hasExtensions } = read.value;
    for (const oid of unknownCritical) this.#unknownCritical.add(oid);
    this.#hasExtensions ||= hasExtensions;
    if (issuer !== null) {
      this.#hasCertificateIssuer = true;
      this.#issuer = this.#issuers.get(issuer) ?? this.#issuers.size;
      this.#issuers.set(issuer, this.#issuer);
    }
    builder.add(serialNumber, 0, serialNumber.length, revokedAt, reason, this.#issuer);
    return true;
  }
}

const incomplete = -1;

/** Where the entry ends; a header that DER does not know ends at once, for the strict reader to refuse. */
function endOfEntry(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < 2) return incomplete;
  const first = bytes[start + 1] ?? 0;
  let contents = start + 2;
  let length = first;
  if (first >= 0x80) {
    const count = first & 0x7f;
    if (count === 0 || count > 2) return Math.min(end, start + 6);
    contents += count;
    if (contents > end) return incomplete;
    length = count === 1 ? (bytes[start + 2] ?? 0) : ((bytes[start + 2] ?? 0) << 8) | (bytes[start + 3] ?? 0);
  }
  if (length > maximumEntryLength) return contents;
  return contents + length > end ? incomplete : contents + length;
}
