import { sha1 } from "../../src/pki/digest.ts";
import { bitString, explicit, integer, sequence, time } from "./der-writer.ts";
import { encodeExtension, type ExtensionSpec } from "./extensions.ts";
import { signBy, type SignatureScheme, type TestKey, usualScheme } from "./keys.ts";

/** Builds certificates from a description; every field can be replaced by octets of the test's choice. */

export interface CertificateSpec {
  /** DER of `[0] version`; v3 when left out, absent when empty. */
  readonly version?: Uint8Array;
  /** DER of the INTEGER, or a number. */
  readonly serialNumber?: number | Uint8Array;
  /** DER of the names. */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  /** Epoch seconds. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** DER of Validity, instead of the two times. */
  readonly validity?: Uint8Array;
  /** DER of the SubjectPublicKeyInfo. */
  readonly spki: Uint8Array;
  readonly extensions: readonly ExtensionSpec[];
  /** DER of the `[3]` extensions, instead of the list. */
  readonly rawExtensions?: Uint8Array;
  /** The key that signs. */
  readonly signer: TestKey;
  readonly scheme?: SignatureScheme;
  /** DER of the algorithm inside tbsCertificate, when it is to differ from the outer one. */
  readonly innerAlgorithm?: Uint8Array;
  /** Makes the signature itself, for schemes {@link signBy} does not know. */
  readonly sign?: (tbs: Uint8Array) => Uint8Array;
  /** Changes the octets of tbsCertificate before they are signed. */
  readonly mutateTbs?: (tbs: Uint8Array) => Uint8Array;
}

/** DER of the certificate. */
export function buildCertificate(spec: CertificateSpec): Uint8Array<ArrayBuffer> {
  const scheme = spec.scheme ?? usualScheme(spec.signer.kind);
  const built = sequence(
    spec.version ?? explicit(0, integer(2)),
    spec.serialNumber instanceof Uint8Array ? spec.serialNumber : integer(spec.serialNumber ?? 4711),
    spec.innerAlgorithm ?? scheme.algorithm,
    spec.issuer,
    spec.validity ?? sequence(time(spec.notBefore), time(spec.notAfter)),
    spec.subject,
    spec.spki,
    spec.rawExtensions ?? encodeExtensions(spec.extensions),
  );
  const tbs = spec.mutateTbs?.(built) ?? built;
  const signature = spec.sign?.(tbs) ?? signBy(spec.signer, tbs, scheme);
  return sequence(tbs, scheme.algorithm, bitString(signature));
}

function encodeExtensions(extensions: readonly ExtensionSpec[]): Uint8Array {
  return extensions.length === 0 ? new Uint8Array() : explicit(3, sequence(...extensions.map(encodeExtension)));
}

/** The extensions with some replaced (by object identifier, in place) and new ones appended. */
export function withExtensions(base: readonly ExtensionSpec[], ...changes: readonly ExtensionSpec[]): readonly ExtensionSpec[] {
  const added = changes.filter((change) => !base.some(({ oid }) => oid === change.oid));
  return [...base.map((extension) => changes.find(({ oid }) => oid === extension.oid) ?? extension), ...added];
}

export function withoutExtension(base: readonly ExtensionSpec[], oid: string): readonly ExtensionSpec[] {
  return base.filter((extension) => extension.oid !== oid);
}

/** A key identifier; RFC 5280 4.2.1.2 asks only that it be unique to the key. */
export function keyIdentifierOf(key: TestKey): Uint8Array<ArrayBuffer> {
  return sha1(key.spki);
}
