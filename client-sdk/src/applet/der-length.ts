/** The most octets that {@link readDerLength} looks at: tag, 82, and two octets of length. */
export const derHeaderLength = 4;

/**
 * Octets of the DER SEQUENCE that begins the given bytes, header included (X.690 8.1.3). `null` if they
 * begin otherwise, if the header is cut, or if the length is indefinite, not minimal or over 65535.
 */
export function readDerLength(bytes: Uint8Array): number | null {
  const [tag, first, second, third] = bytes;
  if (tag !== 0x30 || first === undefined) return null;
  if (first < 0x80) return 2 + first;
  if (second === undefined) return null;
  if (first === 0x81) return second >= 0x80 ? 3 + second : null;
  if (first !== 0x82 || third === undefined || second === 0) return null;
  return 4 + second * 0x100 + third;
}
