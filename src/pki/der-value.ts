/** One value of DER where it stands in the input. Its octets are views, made when they are asked for. */
export class DerValue {
  readonly tag: number;
  /** The whole input, for those who read the contents in place. */
  readonly input: Uint8Array;
  /** Where the value begins in the input. */
  readonly offset: number;
  /** Where its contents octets begin, and where the value ends. */
  readonly start: number;
  readonly end: number;

  constructor(input: Uint8Array, tag: number, offset: number, start: number, end: number) {
    this.input = input;
    this.tag = tag;
    this.offset = offset;
    this.start = start;
    this.end = end;
  }

  /** The whole value: identifier, length and contents octets. */
  get bytes(): Uint8Array {
    return this.input.subarray(this.offset, this.end);
  }

  get contents(): Uint8Array {
    return this.input.subarray(this.start, this.end);
  }
}
