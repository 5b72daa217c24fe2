import { createHash } from "node:crypto";
import { entriesOf } from "./crl-entries.ts";
import { readCrlExtensions, readCrlHead } from "./crl-fields.ts";
import type { CrlContents } from "./crl.ts";
import type { SerialTable } from "./crl-serials.ts";
import type { VerifiedCrl } from "./crl-verification.ts";
import { parseDer } from "./der.ts";
import { equalBytes, fromBase64, toBase64, utf8 } from "../bytes.ts";

/**
 * A verified CRL as it is kept beside the database: its ends in DER, its table as it stands in memory, and
 * a digest over all of it. Whoever may write there may write the database as well.
 */

export interface SavedCrl {
  readonly crl: VerifiedCrl;
  /** When it was fetched, in epoch seconds. */
  readonly fetchedAt: number;
}

interface Header {
  readonly format: string;
  readonly source: string;
  readonly fetchedAt: number;
  readonly digest: string;
  readonly head: string;
  readonly extensions: string;
  readonly size: number;
  readonly width: number;
  readonly slots: number;
}

/** With the order of octets of this machine, in which the table is written. */
const format = `crl 1 ${toBase64(new Uint8Array(Uint32Array.of(1).buffer))}`;
const alignment = 8;
const digestLength = 32;

/** The file in parts, the digest first. `source` says whose CRL from where it is. */
export function encodeSavedCrl({ crl, fetchedAt }: SavedCrl, source: string): readonly Uint8Array[] {
  const { serials, dates, reasons, slots, size, width } = crl.entries.revoked.table;
  const header: Header = {
    format,
    source,
    fetchedAt,
    digest: toBase64(crl.digest),
    head: toBase64(crl.headDer),
    extensions: toBase64(crl.extensionsDer),
    size,
    width,
    slots: slots.length,
  };
  const text = utf8(JSON.stringify(header));
  const length = Uint8Array.from(new Uint8Array(Uint32Array.of(text.length, 0).buffer));
  const arrays = [serials.subarray(0, size * width), dates.subarray(0, size), slots, reasons.subarray(0, size)];
  const parts = [length, text, new Uint8Array(padding(text.length)), ...arrays.map(octetsOf)];
  return [digestOf(...parts), ...parts];
}

function digestOf(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
}

const padding = (length: number): number => (alignment - (length % alignment)) % alignment;
const octetsOf = (array: Uint32Array | Uint8Array): Uint8Array => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/**
 * The CRL of a file that {@link encodeSavedCrl} made for this source on such a machine; `null` for any
 * other octets. The table stays in the file's octets, which must begin at a multiple of eight.
 */
export function decodeSavedCrl(file: Uint8Array, source: string): SavedCrl | null {
  const body = file.subarray(digestLength);
  if (body.length < alignment || !equalBytes(digestOf(body), file.subarray(0, digestLength))) return null;
  try {
    return decodeBody(body, source);
  } catch {
    // Whole, and yet of another make: no JSON where it should be, or arrays longer than the file.
    return null;
  }
}

function decodeBody(body: Uint8Array, source: string): SavedCrl | null {
  const textLength = new Uint32Array(body.buffer, body.byteOffset, 1)[0] ?? 0;
  const header = JSON.parse(Buffer.from(body.slice(alignment, alignment + textLength)).toString()) as Header;
  if (header.format !== format || header.source !== source) return null;
  const [headDer, extensionsDer, digest] = [fromBase64(header.head), fromBase64(header.extensions), fromBase64(header.digest)];
  if (headDer === null || extensionsDer === null || digest === null) return null;
  const contents = contentsOf(headDer, extensionsDer, digest, tableAt(body, alignment + textLength + padding(textLength), header));
  // Only verified CRLs are saved.
  return contents === null ? null : { crl: contents as VerifiedCrl, fetchedAt: header.fetchedAt };
}

function tableAt(body: Uint8Array, start: number, { size, width, slots: slotCount }: Header): SerialTable {
  let at = body.byteOffset + start;
  const words = (length: number): Uint32Array => {
    const array = new Uint32Array(body.buffer, at, length);
    at += array.byteLength;
    return array;
  };
  const [serials, dates, slots] = [words(size * width), words(size), words(slotCount)];
  return { size, width, serials, dates, slots, reasons: new Uint8Array(body.buffer, at, size), issuers: null };
}

function contentsOf(headDer: Uint8Array, extensionsDer: Uint8Array, digest: Uint8Array, table: SerialTable): CrlContents | null {
  const limits = { maximumLength: headDer.length + extensionsDer.length, maximumDepth: 24, maximumValues: 4096 };
  const head = parseDer(headDer, limits, readCrlHead, "malformed_crl");
  if (!head.valid) return null;
  const extensions = parseDer(extensionsDer, limits, (reader) => readCrlExtensions(reader, head.value.version), "malformed_crl");
  if (!extensions.valid) return null;
  const { issuer, thisUpdate, nextUpdate } = head.value;
  return { issuer, thisUpdate, nextUpdate, ...extensions.value, entries: entriesOf(table), headDer, extensionsDer, digest };
}
