import { createPublicKey, verify } from "node:crypto";
import { fromBase64, fromBase64Url, toHex, utf8 } from "../bytes.ts";
import { accept, refuse, type Verdict } from "../errors.ts";
import type { Certificate } from "../pki/certificate.ts";
import { sha256 } from "../pki/digest.ts";
import { keyPurposeOid } from "../pki/oid.ts";
import { validatePath } from "../pki/path.ts";
import { type MetadataPayload, readPayload } from "./metadata-payload.ts";

/** Whose BLOB counts. */
export interface MetadataTrust {
  /** DER of the pinned authorities. */
  readonly anchors: readonly Uint8Array[];
  /** DNS name in the signer's certificate: the anchors are public authorities, which certify anybody. */
  readonly signer: string;
}

export interface MetadataBlob extends MetadataPayload {
  /** SHA-256 of the payload's octets, in hexadecimal. */
  readonly digest: string;
}

/** The real one has some 10 MB. */
export const maximumMetadataOctets = 32 * 1024 * 1024;
const maximumHeader = 64 * 1024;
const maximumCertificates = 6;

/**
 * The metadata in a BLOB of the FIDO Metadata Service, a JWT in compact form (FIDO MDS 3.1.7), with the
 * checks of its processing rules (3.2): the signer's certificate chains to an anchor at `time` (seconds)
 * and signs. Which number may follow which is for the caller, as is revocation of the signer's
 * certificate. Refusals: `metadata_too_large`, `malformed_metadata`, `unsupported_algorithm`,
 * `bad_signature`, and those of `validatePath`.
 */
export function readMetadataBlob(octets: Uint8Array, trust: MetadataTrust, time: number): Verdict<MetadataBlob> {
  if (octets.length > maximumMetadataOctets) return refuse("metadata_too_large", `${octets.length} octets`);
  const [head, body, mac, ...more] = Buffer.from(octets).toString("latin1").trim().split(".");
  if (head === undefined || body === undefined || mac === undefined || more.length > 0) return refuse("malformed_metadata", "JWS compact serialization");
  const header = readHeader(head);
  if (!header.valid) return header;
  const signer = trustedSigner(header.value.x5c, trust, time);
  if (!signer.valid) return signer;
  const [signature, payload] = [fromBase64Url(mac), fromBase64Url(body)];
  if (signature === null || payload === null) return refuse("malformed_metadata", "base64url");
  const signed = isSignedBy(signer.value, header.value.alg, utf8(`${head}.${body}`), signature);
  if (!signed.valid) return signed;
  const json = readJson(payload);
  const read = json.valid ? readPayload(json.value) : json;
  return read.valid ? accept({ ...read.value, digest: toHex(sha256(payload)) }) : read;
}

function readHeader(text: string): Verdict<{ readonly alg: unknown; readonly x5c: readonly Uint8Array[] }> {
  const octets = text.length > maximumHeader ? null : fromBase64Url(text);
  const header = octets === null ? null : readJson(octets);
  if (header === null || !header.valid || typeof header.value !== "object" || header.value === null) return refuse("malformed_metadata", "header");
  const { alg, x5c, crit } = header.value as Readonly<Record<string, unknown>>;
  // RFC 7515 4.1.11: what must be understood and is not.
  if (crit !== undefined) return refuse("malformed_metadata", "crit");
  if (!Array.isArray(x5c) || x5c.length === 0 || x5c.length > maximumCertificates) return refuse("malformed_metadata", "x5c");
  const certificates = x5c.map((each: unknown) => (typeof each === "string" ? fromBase64(each) : null)).filter((der) => der !== null);
  return certificates.length === x5c.length ? accept({ alg, x5c: certificates }) : refuse("malformed_metadata", "x5c");
}

function trustedSigner([certificate = new Uint8Array(), ...intermediates]: readonly Uint8Array[], { anchors, signer }: MetadataTrust, time: number): Verdict<Certificate> {
  const path = validatePath({
    certificate, intermediates, trustAnchors: anchors, time,
    extendedKeyUsages: [keyPurposeOid.serverAuth],
    peerNames: [{ kind: "dns", host: signer }],
  });
  if (!path.valid) return path;
  const { extendedKeyUsage, keyUsage } = path.value.certificate.extensions;
  if (extendedKeyUsage === undefined) return refuse("extended_key_usage_refused", "serverAuth is not named");
  if (keyUsage !== undefined && !keyUsage.has("digitalSignature")) return refuse("key_usage_refused", "digitalSignature");
  return accept(path.value.certificate);
}

/** RS256 and ES256 (RFC 7518 3.3, 3.4), each with a key of its kind; no other algorithm. */
function isSignedBy({ publicKey }: Certificate, alg: unknown, data: Uint8Array, signature: Uint8Array): Verdict<true> {
  const key = createPublicKey({ key: Buffer.from(publicKey.spki), format: "der", type: "spki" });
  const isRsa = alg === "RS256" && key.asymmetricKeyType === "rsa";
  const isEllipticCurve = alg === "ES256" && key.asymmetricKeyType === "ec" && key.asymmetricKeyDetails?.namedCurve === "prime256v1";
  if (!isRsa && !isEllipticCurve) return refuse("unsupported_algorithm", "alg");
  return verify("sha256", data, isRsa ? key : { key, dsaEncoding: "ieee-p1363" }, signature) ? accept(true) : refuse("bad_signature", "BLOB");
}

function readJson(octets: Uint8Array): Verdict<unknown> {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(octets));
    return accept(value);
  } catch {
    return refuse("malformed_metadata", "JSON");
  }
}
