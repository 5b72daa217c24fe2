import { tag } from "./der.ts";
import { refuse, type Refused } from "../errors.ts";

/** Where the parts of a CertificateList lie, found from its first octets; offsets in the whole CRL. */
export interface CrlLayout {
  /** tbsCertList with its header: what the signature covers. */
  readonly tbsStart: number;
  /** Its first field. */
  readonly headStart: number;
  /** After nextUpdate. */
  readonly headEnd: number;
  /** The entries without the header of their list; both {@link headEnd} when there is no list. */
  readonly entriesStart: number;
  readonly entriesEnd: number;
  readonly tbsEnd: number;
  readonly end: number;
}

interface Header {
  readonly tag: number;
  readonly contents: number;
  readonly end: number;
}

const malformed = (offset: number, reason: string): Refused => refuse("malformed_crl", `offset ${offset}: ${reason}`);

/** Thrown within this module while too few octets are there, or wrong ones. */
class Stop {
  readonly refusal: Refused | null;
  constructor(refusal: Refused | null) {
    this.refusal = refusal;
  }
}

/** The layout; `null` when more octets are needed. What lies between the headers is judged by others. */
export function layoutOf(bytes: Uint8Array): CrlLayout | Refused | null {
  try {
    return findLayout(bytes);
  } catch (stop) {
    if (stop instanceof Stop) return stop.refusal;
    throw stop;
  }
}

function findLayout(bytes: Uint8Array): CrlLayout {
  const whole = headerAt(bytes, 0, Number.POSITIVE_INFINITY, tag.sequence);
  const tbs = headerAt(bytes, whole.contents, whole.end, tag.sequence);
  let at = tbs.contents;
  if (tagAt(bytes, at) === tag.integer) at = skip(bytes, at, tbs.end);
  // signature, issuer, thisUpdate
  for (let field = 0; field < 3; field += 1) at = skip(bytes, at, tbs.end);
  if (at < tbs.end && isTime(tagAt(bytes, at))) at = skip(bytes, at, tbs.end);
  const parts = { tbsStart: whole.contents, headStart: tbs.contents, headEnd: at, tbsEnd: tbs.end, end: whole.end };
  if (at === tbs.end || tagAt(bytes, at) !== tag.sequence) return { ...parts, entriesStart: at, entriesEnd: at };
  const list = headerAt(bytes, at, tbs.end, tag.sequence);
  // RFC 5280 5.1.2.6: without entries the list is left out.
  if (list.contents === list.end) throw new Stop(malformed(at, "revokedCertificates present and empty"));
  return { ...parts, entriesStart: list.contents, entriesEnd: list.end };
}

const isTime = (found: number): boolean => found === tag.utcTime || found === tag.generalizedTime;

function tagAt(bytes: Uint8Array, at: number): number {
  const found = bytes[at];
  if (found === undefined) throw new Stop(null);
  return found;
}

function skip(bytes: Uint8Array, at: number, limit: number): number {
  const { end } = headerAt(bytes, at, limit);
  if (end > bytes.length) throw new Stop(null);
  return end;
}

function headerAt(bytes: Uint8Array, at: number, limit: number, expected?: number): Header {
  const found = tagAt(bytes, at);
  if (expected !== undefined && found !== expected) throw new Stop(malformed(at, "SEQUENCE expected"));
  const first = tagAt(bytes, at + 1);
  const count = first < 0x80 ? 0 : first & 0x7f;
  if (first === 0x80 || count > 4) throw new Stop(malformed(at + 1, "length not of DER"));
  let length = count === 0 ? first : 0;
  for (let index = 0; index < count; index += 1) length = length * 256 + tagAt(bytes, at + 2 + index);
  const minimal = count === 0 || (count === 1 ? length >= 0x80 : length >= 256 ** (count - 1));
  if (!minimal) throw new Stop(malformed(at + 1, "length not minimal"));
  const contents = at + 2 + count;
  if (contents + length > limit) throw new Stop(malformed(at, "length beyond the end"));
  return { tag: found, contents, end: contents + length };
}
