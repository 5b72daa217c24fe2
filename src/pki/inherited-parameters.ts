import type { Certificate, SubjectPublicKeyInfo } from "./certificate.ts";
import { tag } from "./der.ts";
import { encodeDer } from "./der-encoding.ts";
import { publicKeyOid } from "./oid.ts";

/** Whether a key is a DSA key that leaves its parameters to the path (RFC 3279 2.3.2). */
export function inheritsParameters({ algorithm, parameters }: SubjectPublicKeyInfo): boolean {
  return algorithm === publicKeyOid.dsa && (parameters === null || parameters[0] === tag.null);
}

/**
 * The path with keys that can be used: one without parameters has those of the next key above it, while
 * the algorithm stays the same (RFC 5280 6.1.4 (d) to (f)). Where there are none, the key stays as it is.
 *
 * @param path - leaf first, anchor last.
 */
export function inheritParameters(path: readonly Certificate[]): readonly Certificate[] {
  if (!path.some(({ publicKey }) => inheritsParameters(publicKey))) return path;
  return path.map((certificate, index) => {
    if (!inheritsParameters(certificate.publicKey)) return certificate;
    const above = path.slice(index + 1).find(({ publicKey }) => !inheritsParameters(publicKey))?.publicKey;
    if (above?.algorithm !== publicKeyOid.dsa || above.parameters === null) return certificate;
    return { ...certificate, publicKey: withParameters(certificate.publicKey, above.parameters) };
  });
}

/** DER of the OBJECT IDENTIFIER id-dsa. */
const dsaIdentifier = Uint8Array.of(0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01);

/** The SubjectPublicKeyInfo, written anew around the parameters. */
function withParameters(key: SubjectPublicKeyInfo, parameters: Uint8Array): SubjectPublicKeyInfo {
  const algorithm = encodeDer(tag.sequence, dsaIdentifier, parameters);
  const bits = encodeDer(tag.bitString, Uint8Array.of(0), key.keyBits);
  return { ...key, parameters, spki: encodeDer(tag.sequence, algorithm, bits) };
}
