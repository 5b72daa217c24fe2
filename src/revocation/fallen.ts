import { entryOf, packSerial, type SerialTable } from "../pki/crl-serials.ts";

/** Serial numbers of bound certificates of one issuer, in shared memory. The position of each is the caller's handle. */
export interface BoundSerials {
  readonly size: number;
  /** 32-bit words of a serial number, as in a {@link SerialTable}. */
  readonly width: number;
  readonly serials: Uint32Array;
}

/** A bound certificate that a CRL lists: positions in the two lists. */
export interface Match {
  readonly bound: number;
  readonly entry: number;
}

/** Room for any serial number of RFC 5280: 20 octets. */
const boundWidth = 5;

/** Gathers bound serial numbers; those of more than 20 octets are on no CRL that is read here and match nothing. */
export class BoundSerialsBuilder {
  #serials = new Uint32Array(new SharedArrayBuffer(1024 * boundWidth * 4));
  #size = 0;

  /** Takes the contents octets of a serial number; gives its position. */
  add(serialNumber: Uint8Array): number {
    const offset = this.#size * boundWidth;
    if (offset === this.#serials.length) this.#grow();
    if (serialNumber.length <= boundWidth * 4) packSerial(serialNumber, 0, serialNumber.length, this.#serials, offset, boundWidth);
    this.#size += 1;
    return this.#size - 1;
  }

  finish(): BoundSerials {
    return { size: this.#size, width: boundWidth, serials: this.#serials };
  }

  #grow(): void {
    const next = new Uint32Array(new SharedArrayBuffer(this.#serials.byteLength * 2));
    next.set(this.#serials);
    this.#serials = next;
  }
}

/** The bound certificates that the CRL lists: one pass over the bound ones, whatever the length of the CRL. */
export function findFallen({ bound, index }: { readonly bound: BoundSerials; readonly index: SerialTable }): readonly Match[] {
  const matches: Match[] = [];
  if (index.size === 0) return matches;
  const key = new Uint32Array(index.width);
  for (let position = 0; position < bound.size; position += 1) {
    if (!takeKey(bound, position, key)) continue;
    const entry = entryOf(index, key, 0, 0);
    if (entry >= 0) matches.push({ bound: position, entry });
  }
  return matches;
}

/** Brings a serial number to the width of the CRL's; `false` when it is longer than any of them. */
function takeKey({ serials, width }: BoundSerials, position: number, key: Uint32Array): boolean {
  const base = position * width;
  const fill = (serials[base + width - 1] ?? 0) > 0x7fffffff ? 0xffffffff : 0;
  for (let index = 0; index < key.length; index += 1) key[index] = index < width ? (serials[base + index] ?? 0) : fill;
  for (let index = key.length; index < width; index += 1) if (serials[base + index] !== fill) return false;
  // A sign that the shorter key does not show.
  return (key[key.length - 1] ?? 0) > 0x7fffffff === fill > 0;
}
