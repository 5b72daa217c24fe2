import type { Certificate } from "./certificate.ts";
import { contextConstructed, tag } from "./der.ts";
import { encodeDer } from "./der-encoding.ts";
import { type CertIdHash, certIdOf } from "./ocsp-cert-id.ts";

export interface OcspRequestInput {
  readonly certificate: Certificate;
  readonly issuer: Certificate;
  /** 16 to 32 random octets, or `null` to send none (RFC 9654 2.1). */
  readonly nonce: Uint8Array | null;
  /** SHA-1 unless the responder is known to take SHA-256. */
  readonly hash?: CertIdHash;
}

const minimumNonce = 16;
const maximumNonce = 32;

/** DER of the AlgorithmIdentifiers, with the NULL that responders expect. */
const hashAlgorithms = {
  sha1: Uint8Array.of(0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00),
  sha256: Uint8Array.of(0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00),
} as const;
/** id-pkix-ocsp-nonce, 1.3.6.1.5.5.7.48.1.2. */
const nonceOid = Uint8Array.of(0x06, 0x09, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x02);

/**
 * An unsigned OCSPRequest for one certificate (RFC 6960 4.1.1), in DER.
 *
 * @throws RangeError for a nonce of a length that RFC 9654 does not allow a client: a mistake of the caller.
 */
export function buildOcspRequest({ certificate, issuer, nonce, hash = "sha1" }: OcspRequestInput): Uint8Array<ArrayBuffer> {
  if (nonce !== null && (nonce.length < minimumNonce || nonce.length > maximumNonce)) {
    throw new RangeError(`an OCSP nonce has ${minimumNonce} to ${maximumNonce} octets`);
  }
  const { issuerNameHash, issuerKeyHash, serialNumber } = certIdOf(certificate, issuer, hash);
  const certId = encodeDer(
    tag.sequence,
    hashAlgorithms[hash],
    encodeDer(tag.octetString, issuerNameHash),
    encodeDer(tag.octetString, issuerKeyHash),
    encodeDer(tag.integer, serialNumber),
  );
  const requestList = encodeDer(tag.sequence, encodeDer(tag.sequence, certId));
  const tbsRequest = nonce === null ? encodeDer(tag.sequence, requestList) : encodeDer(tag.sequence, requestList, nonceExtensions(nonce));
  return encodeDer(tag.sequence, tbsRequest);
}

function nonceExtensions(nonce: Uint8Array): Uint8Array {
  const extension = encodeDer(tag.sequence, nonceOid, encodeDer(tag.octetString, nonceValue(nonce)));
  return encodeDer(contextConstructed(2), encodeDer(tag.sequence, extension));
}

/** The value of the nonce extension: an OCTET STRING inside extnValue (RFC 9654 2.1). */
export function nonceValue(nonce: Uint8Array): Uint8Array {
  return encodeDer(tag.octetString, nonce);
}
