import { createPublicKey, type KeyObject } from "node:crypto";
import type { SubjectPublicKeyInfo } from "./certificate.ts";
import { parseDer, tag } from "./der.ts";
import { dsaModulusBits } from "./dsa-public-key.ts";
import { curveOid, publicKeyOid } from "./oid.ts";
import { bigEndian, bitLength, withoutLeadingZero } from "./unsigned-integer.ts";
import { toBase64 } from "../bytes.ts";
import { accept, refuse, type Verdict } from "../errors.ts";

export type Curve = "P-256" | "P-384" | "P-521";

export interface RsaPublicKey {
  readonly kind: "rsa";
  /** Big-endian, without leading zero. */
  readonly modulus: Uint8Array;
  readonly modulusBits: number;
  readonly exponent: bigint;
  readonly key: KeyObject;
}
export interface EcPublicKey {
  readonly kind: "ec";
  readonly curve: Curve;
  readonly key: KeyObject;
}
export interface Ed25519PublicKey {
  readonly kind: "ed25519";
  readonly key: KeyObject;
}
export interface DsaPublicKey {
  readonly kind: "dsa";
  /** Of p. */
  readonly modulusBits: number;
  readonly key: KeyObject;
}
export type PublicKey = RsaPublicKey | EcPublicKey | Ed25519PublicKey | DsaPublicKey;

/** Above these a verification costs more than a caller may be made to pay. */
const maximumModulusBits = 8192;
const maximumExponentOctets = 8;

const curves = new Map<string, { readonly curve: Curve; readonly coordinateOctets: number }>([
  [curveOid.p256, { curve: "P-256", coordinateOctets: 32 }],
  [curveOid.p384, { curve: "P-384", coordinateOctets: 48 }],
  [curveOid.p521, { curve: "P-521", coordinateOctets: 66 }],
]);
const weakCurves = new Set<string>([curveOid.p192, curveOid.p224]);

/** A key is read once: the same object in, the same verdict out. */
const known = new WeakMap<SubjectPublicKeyInfo, Verdict<PublicKey>>();

/**
 * The key of a SubjectPublicKeyInfo (RFC 3279 2.3, RFC 5480 2, RFC 8410 4), read strictly.
 *
 * Refuses with `unsupported_algorithm`, `weak_key` (a curve below P-256, a point off its curve) or
 * `malformed_certificate`.
 */
export function parsePublicKey(info: SubjectPublicKeyInfo): Verdict<PublicKey> {
  const before = known.get(info);
  if (before !== undefined) return before;
  const verdict = readPublicKey(info);
  known.set(info, verdict);
  return verdict;
}

function readPublicKey(info: SubjectPublicKeyInfo): Verdict<PublicKey> {
  switch (info.algorithm) {
    case publicKeyOid.rsaEncryption:
      return readRsa(info);
    case publicKeyOid.ecPublicKey:
      return readEc(info);
    case publicKeyOid.ed25519:
      return readEd25519(info);
    case publicKeyOid.dsa:
      return readDsa(info);
    default:
      return refuse("unsupported_algorithm", `public key ${info.algorithm}`);
  }
}

function readRsa(info: SubjectPublicKeyInfo): Verdict<RsaPublicKey> {
  // RFC 3279 2.3.1: the parameters field is NULL.
  if (info.parameters?.length !== 2 || info.parameters[0] !== tag.null) return refuse("malformed_certificate", "RSA parameters not NULL");
  const limits = { maximumLength: info.keyBits.length, maximumDepth: 2, maximumValues: 3 };
  const read = parseDer(
    info.keyBits,
    limits,
    (reader) => reader.within(tag.sequence, (inner) => ({ modulus: inner.integer(), exponent: inner.integer() })),
    "malformed_certificate",
  );
  if (!read.valid) return read;
  if ((read.value.modulus[0] ?? 0) > 0x7f || (read.value.exponent[0] ?? 0) > 0x7f) return refuse("malformed_certificate", "RSA key negative");
  const modulus = withoutLeadingZero(read.value.modulus);
  const exponent = withoutLeadingZero(read.value.exponent);
  const modulusBits = bitLength(modulus);
  if (modulusBits > maximumModulusBits || exponent.length > maximumExponentOctets) return refuse("unsupported_algorithm", "RSA key too large");
  const key = importKey(info.keyBits, "RSA PUBLIC KEY");
  if (key === null) return refuse("weak_key", "RSA key not usable");
  return accept({ kind: "rsa", modulus, modulusBits, exponent: bigEndian(exponent), key });
}

function readEc(info: SubjectPublicKeyInfo): Verdict<EcPublicKey> {
  const oid = namedCurve(info.parameters);
  if (oid === null) return refuse("unsupported_algorithm", "EC parameters not a named curve");
  if (weakCurves.has(oid)) return refuse("weak_key", `curve ${oid}`);
  const named = curves.get(oid);
  if (named === undefined) return refuse("unsupported_algorithm", `curve ${oid}`);
  const { curve, coordinateOctets } = named;
  if (info.keyBits[0] !== 4 || info.keyBits.length !== 1 + 2 * coordinateOctets) return refuse("unsupported_algorithm", "EC point not uncompressed");
  const key = importKey(info.spki, "PUBLIC KEY");
  return key === null ? refuse("weak_key", "EC point not on its curve") : accept({ kind: "ec", curve, key });
}

/** RFC 5480 2.1.1: a named curve; specifiedCurve and implicitCurve are forbidden. */
function namedCurve(parameters: Uint8Array | null): string | null {
  if (parameters === null) return null;
  const limits = { maximumLength: 64, maximumDepth: 1, maximumValues: 1 };
  const oid = parseDer(parameters, limits, (reader) => reader.oid(), "malformed_certificate");
  return oid.valid ? oid.value : null;
}

function readEd25519(info: SubjectPublicKeyInfo): Verdict<Ed25519PublicKey> {
  if (info.parameters !== null || info.keyBits.length !== 32) return refuse("malformed_certificate", "Ed25519 key");
  const key = importKey(info.spki, "PUBLIC KEY");
  return key === null ? refuse("weak_key", "Ed25519 point not usable") : accept({ kind: "ed25519", key });
}

function readDsa(info: SubjectPublicKeyInfo): Verdict<DsaPublicKey> {
  const modulusBits = dsaModulusBits(info);
  if (!modulusBits.valid) return modulusBits;
  const key = importKey(info.spki, "PUBLIC KEY");
  return key === null ? refuse("weak_key", "DSA key not usable") : accept({ kind: "dsa", modulusBits: modulusBits.value, key });
}

/**
 * Imports a key as PEM, though DER is at hand: Node tries whatever is no text for a key object first, by
 * exceptions that it throws and catches, and those cost more than the import.
 *
 * @param label - `RSA PUBLIC KEY` for an RSAPublicKey alone (RFC 8017 A.1.1), which is read faster.
 */
function importKey(der: Uint8Array, label: "PUBLIC KEY" | "RSA PUBLIC KEY"): KeyObject | null {
  try {
    return createPublicKey(`-----BEGIN ${label}-----\n${toBase64(der)}\n-----END ${label}-----\n`);
  } catch {
    return null;
  }
}
