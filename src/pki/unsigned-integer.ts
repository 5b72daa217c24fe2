/** The unsigned number that big-endian octets are. */
export function bigEndian(octets: Uint8Array): bigint {
  return octets.length === 0 ? 0n : BigInt(`0x${Buffer.from(octets).toString("hex")}`);
}

/** An INTEGER's contents octets without the leading zero that keeps the number positive. */
export function withoutLeadingZero(integer: Uint8Array): Uint8Array {
  return integer[0] === 0 ? integer.subarray(1) : integer;
}

/** How many bits the number has; its octets begin with none that is zero. */
export function bitLength(octets: Uint8Array): number {
  return octets.length * 8 - Math.clz32(octets[0] ?? 0) + 24;
}
