/** DigestInfo (RFC 8017 9.2): what an RSASSA-PKCS1-v1_5 signature pads and signs. */
import { concatBytes, equalBytes, type Bytes } from "../bytes.ts";

interface Digest {
  /** Octets of the digest. */
  readonly length: number;
  /** The last arc of its object identifier 2.16.840.1.101.3.4.2. */
  readonly arc: number;
}

const sha256: Digest = { length: 32, arc: 1 };
const sha384: Digest = { length: 48, arc: 2 };
const sha512: Digest = { length: 64, arc: 3 };

/** The DER before the digest: SEQUENCE { SEQUENCE { OID, NULL }, OCTET STRING of `length` }. */
function prefix({ length, arc }: Digest): Bytes {
  const algorithm = [0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, arc, 0x05, 0x00];
  return Uint8Array.of(0x30, algorithm.length + 2 + length, ...algorithm, 0x04, length);
}

/**
 * The DigestInfo of a SHA-256 digest: 51 bytes.
 * @throws RangeError if the digest is not 32 bytes long.
 */
export function sha256DigestInfo(digest: Uint8Array): Bytes {
  if (digest.length !== sha256.length) throw new RangeError("a SHA-256 digest has 32 octets");
  return concatBytes(prefix(sha256), digest);
}

/** Whether bytes are a DigestInfo of SHA-256, SHA-384 or SHA-512, or of none of their lengths. */
export function checkDigestInfo(bytes: Uint8Array): "valid" | "wrong_length" | "malformed" {
  for (const digest of [sha256, sha384, sha512]) {
    const expected = prefix(digest);
    if (bytes.length !== expected.length + digest.length) continue;
    return equalBytes(bytes.subarray(0, expected.length), expected) ? "valid" : "malformed";
  }
  return "wrong_length";
}
