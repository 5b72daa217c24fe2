import { type AlgorithmIdentifier, readAlgorithmIdentifier } from "./algorithm-identifier.ts";
import type { CrlEntries } from "./crl-entries.ts";
import { type CrlReading, EntryScan } from "./crl-entry-scan.ts";
import { type CrlExtensions, type CrlHead, readCrlExtensions, readCrlHead } from "./crl-fields.ts";
import { type CrlLayout, layoutOf } from "./crl-layout.ts";
import { type DerLimits, parseDer } from "./der.ts";
import { concatBytes, equalBytes } from "../bytes.ts";
import { accept, refuse, type Refused, type Verdict } from "../errors.ts";

/** Octets before the first entry, and octets after the last. */
const maximumEndLength = 64 * 1024;
/** Enough of the next chunk to complete any usual entry. */
const bridgeLength = 256;
const limits: DerLimits = { maximumLength: maximumEndLength, maximumDepth: 24, maximumValues: 4096 };

/** The largest CRL that is looked at, in octets. */
export const maximumCrlLength = 256 * 1024 * 1024;

export interface CrlScanOptions extends CrlReading {
  /** In octets; no more than {@link maximumCrlLength} counts. */
  readonly maximumLength: number;
  /** Called once the algorithm and the number of signed octets are known; what it gives is fed with these. */
  readonly onAlgorithm?: (algorithm: AlgorithmIdentifier, signedLength: number) => Verdict<(signed: Uint8Array) => void>;
}

/** A CertificateList as it stands, without the octets of its entries. */
export interface ScannedCrl extends Omit<CrlHead, "version" | "algorithm">, CrlExtensions {
  readonly entries: CrlEntries;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signature: Uint8Array;
  /** DER of the fields before the entries, and of what follows them: enough to read them again. */
  readonly headDer: Uint8Array;
  readonly extensionsDer: Uint8Array;
  readonly layout: CrlLayout;
}

const malformed = (reason: string): Refused => refuse("malformed_crl", reason);

/**
 * Reads a CertificateList part by part, keeping no more of it than one entry, its two ends and the table
 * of its serial numbers. Strict DER, nothing after it; says nothing about trust.
 */
export class CrlScan {
  readonly #options: CrlScanOptions;
  readonly #maximumLength: number;
  #rest: Uint8Array = new Uint8Array();
  /** Of the first octet of `rest` in the whole CRL. */
  #restOffset = 0;
  #received = 0;
  #layout: CrlLayout | null = null;
  #head: CrlHead | null = null;
  #headDer: Uint8Array = new Uint8Array();
  #entries: EntryScan | null = null;
  #feed: ((signed: Uint8Array) => void) | null = null;
  #refusal: Refused | null = null;

  constructor(options: CrlScanOptions) {
    this.#options = options;
    this.#maximumLength = Math.min(options.maximumLength, maximumCrlLength);
  }

  /** Takes the next octets; a refusal (`malformed_crl`, `crl_too_large`) is final. */
  push(chunk: Uint8Array): Refused | null {
    this.#refusal ??= this.#take(chunk);
    return this.#refusal;
  }

  /** The CRL, when all octets have been pushed. */
  end(): Verdict<ScannedCrl> {
    if (this.#refusal !== null) return this.#refusal;
    const [layout, head, entries] = [this.#layout, this.#head, this.#entries];
    if (layout === null || head === null || entries === null || this.#received < layout.end) return malformed("truncated");
    const end = this.#readEnd(layout, head);
    if (!end.valid) return end;
    const list = entries.finish();
    if (head.version === 1 && list.hasExtensions) return malformed("entry extensions in a v1 CRL");
    const { issuer, thisUpdate, nextUpdate } = head;
    return accept({ issuer, thisUpdate, nextUpdate, ...end.value, entries: list, headDer: this.#headDer, layout });
  }

  #take(chunk: Uint8Array): Refused | null {
    this.#received += chunk.length;
    if (this.#received > this.#maximumLength) return refuse("crl_too_large", `more than ${this.#maximumLength} octets`);
    this.#feedSigned(chunk, this.#received - chunk.length);
    const bytes = this.#joined(chunk);
    const refusal = this.#layout === null ? this.#takeHead(bytes) : null;
    if (refusal !== null || this.#layout === null) return refusal ?? this.#keep(bytes, 0);
    if (this.#received > this.#layout.end) return malformed(`offset ${this.#layout.end}: unexpected octets`);
    return this.#takeEntries(bytes, this.#layout);
  }

  /** What is not read yet. An entry cut in two by the chunks is completed apart, so that a chunk is not copied for it. */
  #joined(chunk: Uint8Array): Uint8Array {
    const { length } = this.#rest;
    if (length === 0) return chunk;
    const isAmongEntries = this.#layout !== null && this.#restOffset + length + bridgeLength < this.#layout.entriesEnd;
    if (!isAmongEntries || this.#entries === null || chunk.length <= bridgeLength) return concatBytes(this.#rest, chunk);
    const bridge = concatBytes(this.#rest, chunk.subarray(0, bridgeLength));
    const position = this.#entries.scan(bridge, 0, bridge.length);
    if (position < length) return concatBytes(this.#rest, chunk);
    this.#restOffset += position;
    return chunk.subarray(position - length);
  }

  #takeHead(bytes: Uint8Array): Refused | null {
    const layout = layoutOf(bytes);
    if (layout === null) return bytes.length > maximumEndLength ? malformed("no entries near the beginning") : null;
    if ("valid" in layout) return layout;
    if (layout.end > this.#maximumLength) return refuse("crl_too_large", `${layout.end} octets`);
    if (layout.end - layout.entriesEnd > maximumEndLength) return malformed(`offset ${layout.entriesEnd}: too much after the entries`);
    this.#headDer = Uint8Array.from(bytes.subarray(layout.headStart, layout.headEnd));
    const head = parseDer(this.#headDer, limits, readCrlHead, "malformed_crl");
    if (!head.valid) return head;
    const feed = this.#options.onAlgorithm?.(head.value.algorithm, layout.tbsEnd - layout.tbsStart) ?? null;
    if (feed !== null && !feed.valid) return feed;
    this.#layout = layout;
    this.#head = head.value;
    this.#entries = new EntryScan(head.value.issuer, layout.entriesEnd - layout.entriesStart, this.#options);
    this.#feed = feed === null ? null : feed.value;
    this.#feedSigned(bytes, 0);
    return null;
  }

  #takeEntries(bytes: Uint8Array, { entriesStart, entriesEnd }: CrlLayout): Refused | null {
    const entries = this.#entries;
    if (entries === null) return null;
    const start = Math.max(0, entriesStart - this.#restOffset);
    const end = Math.min(bytes.length, entriesEnd - this.#restOffset);
    const isLastPart = this.#restOffset + bytes.length >= entriesEnd;
    const position = start < end ? entries.scan(bytes, start, end) : start;
    if (entries.refusal !== null) return entries.refusal;
    if (isLastPart && position < end) return malformed(`offset ${this.#restOffset + position}: entry beyond the end of the list`);
    return this.#keep(bytes, position);
  }

  /** Keeps what is not read yet; a copy (`slice` of a Buffer is none), for the caller may use its own octets again. */
  #keep(bytes: Uint8Array, position: number): null {
    this.#rest = Uint8Array.from(bytes.subarray(position));
    this.#restOffset += position;
    return null;
  }

  #readEnd(layout: CrlLayout, head: CrlHead): Verdict<CrlExtensions & Pick<ScannedCrl, "extensionsDer" | "signatureAlgorithm" | "signature">> {
    const from = (offset: number) => this.#rest.subarray(offset - this.#restOffset);
    const extensionsDer = from(layout.entriesEnd).subarray(0, layout.tbsEnd - layout.entriesEnd);
    const extensions = parseDer(extensionsDer, limits, (reader) => readCrlExtensions(reader, head.version), "malformed_crl");
    if (!extensions.valid) return extensions;
    const signed = parseDer(
      from(layout.tbsEnd),
      limits,
      (reader) => {
        const signatureAlgorithm = readAlgorithmIdentifier(reader);
        // RFC 5280 5.1.1.2: the same as in tbsCertList, parameters included.
        if (!equalBytes(signatureAlgorithm.der, head.algorithm.der)) reader.fail("signatureAlgorithm differs from tbsCertList");
        return { signatureAlgorithm, signature: reader.bitStringOctets() };
      },
      "malformed_crl",
    );
    return signed.valid ? accept({ ...extensions.value, ...signed.value, extensionsDer }) : signed;
  }

  /** @param offset - of the first octet in the whole CRL. */
  #feedSigned(bytes: Uint8Array, offset: number): void {
    if (this.#feed === null || this.#layout === null) return;
    const { tbsStart, tbsEnd } = this.#layout;
    const start = Math.max(0, tbsStart - offset);
    const end = Math.min(bytes.length, tbsEnd - offset);
    if (start < end) this.#feed(bytes.subarray(start, end));
  }
}
