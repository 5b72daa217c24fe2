import { authorityCrl, type CrlSpec } from "../certificates/crl-factory.ts";
import { der } from "../certificates/der-writer.ts";
import type { Authority } from "../certificates/authority.ts";

/** CRLs of a million entries, made without an object for each. */

const reasons = [1, 3, 4, 5, 6, 9];
/** `SEQUENCE { INTEGER of 20 octets, UTCTime, reasonCode }`; serial number and reason are filled in. */
const template = Buffer.from(`3033021400${"00".repeat(19)}170d3236303130313030303030305a300c300a0603551d1504030a0101`, "hex");
const serialAt = 4;

/**
 * The serial number of entry `index`, 20 octets that look random and are not in order. Every number gives
 * another one, and none begins with an octet above 7f.
 */
export function generatedSerial(index: number): Buffer {
  const serial = Buffer.alloc(20);
  writeSerial(serial, 0, index);
  return serial;
}

function writeSerial(target: Buffer, offset: number, index: number): void {
  let state = Math.imul(index + 1, 0x9e3779b1);
  target[offset] = 0x40;
  // The last word tells any two apart: a product with an odd number is one-to-one in 32 bits.
  for (let word = 0; word < 4; word += 1) {
    target.writeInt32BE(state, offset + 16 - word * 4);
    state = Math.imul(state ^ (state >>> 15), 0x85ebca6b) ^ word;
  }
}

/** DER of revokedCertificates with the entries `from` up to `to`. */
export function generatedEntries(from: number, to: number): Uint8Array<ArrayBuffer> {
  const entries = Buffer.alloc((to - from) * template.length);
  for (let index = from; index < to; index += 1) {
    const at = (index - from) * template.length;
    entries.set(template, at);
    writeSerial(entries, at + serialAt, index);
    entries[at + template.length - 1] = reasons[index % reasons.length] ?? 1;
  }
  return der(0x30, entries);
}

/** A CRL by the authority with `count` entries. */
export function generatedCrl(authority: Authority, count: number, overrides: Partial<CrlSpec> = {}): Uint8Array<ArrayBuffer> {
  return authorityCrl(authority, { rawEntries: generatedEntries(0, count), ...overrides });
}
