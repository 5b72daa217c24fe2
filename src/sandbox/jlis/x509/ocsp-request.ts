import * as asn1js from "asn1js";
import { Extension, OCSPRequest } from "pkijs";
import { oid } from "./object-identifiers.ts";

/** Which certificate is asked about (RFC 6960 4.1.1). */
export interface CertificateIdentifier {
  /** Dotted OID of the hash. */
  readonly hashAlgorithm: string;
  readonly issuerNameHash: Uint8Array;
  readonly issuerKeyHash: Uint8Array;
  readonly serial: bigint;
  /** The whole CertID in DER, to be answered as it was asked. */
  readonly der: Uint8Array<ArrayBuffer>;
}

export interface StatusRequest {
  readonly certificates: readonly CertificateIdentifier[];
  /** DER of the nonce extension's value, an OCTET STRING; null when none was sent. */
  readonly nonce: Uint8Array | null;
}

const maximumCertificates = 16;
/** Octets (RFC 9654 2.1). */
const maximumNonce = 128;

/** An OCSPRequest, or null when it is malformed, asks too much, or has a critical extension not known here. */
export function parseStatusRequest(bytes: Uint8Array<ArrayBuffer>): StatusRequest | null {
  const request = decode(bytes);
  if (request === null) return null;
  const { requestList, requestExtensions = [] } = request.tbsRequest;
  if (requestList.length === 0 || requestList.length > maximumCertificates) return null;
  const singleExtensions = requestList.flatMap(({ singleRequestExtensions = [] }) => singleRequestExtensions);
  if ([...requestExtensions, ...singleExtensions].some(isUnknownCritical)) return null;
  const nonces = requestExtensions.filter(({ extnID }) => extnID === oid.ocspNonce);
  const nonce = nonces[0]?.extnValue.valueBlock.valueHexView ?? null;
  if (nonces.length > 1 || (nonce !== null && !isNonce(nonce))) return null;
  const certificates = requestList.map(({ reqCert }) => ({
    hashAlgorithm: reqCert.hashAlgorithm.algorithmId,
    issuerNameHash: reqCert.issuerNameHash.valueBlock.valueHexView,
    issuerKeyHash: reqCert.issuerKeyHash.valueBlock.valueHexView,
    serial: reqCert.serialNumber.toBigInt(),
    der: new Uint8Array(reqCert.toSchema().toBER()),
  }));
  return { certificates, nonce };
}

function decode(bytes: Uint8Array<ArrayBuffer>): OCSPRequest | null {
  try {
    const { offset, result } = asn1js.fromBER(bytes);
    if (offset !== bytes.length) return null;
    return new OCSPRequest({ schema: result });
  } catch {
    // Both libraries throw on what they cannot read; whatever the reason, the request is malformed.
    return null;
  }
}

const isUnknownCritical = ({ critical, extnID }: Extension): boolean => critical && extnID !== oid.ocspNonce;

function isNonce(value: Uint8Array): boolean {
  const { offset, result } = asn1js.fromBER(value);
  if (offset !== value.length || !(result instanceof asn1js.OctetString)) return false;
  const { length } = result.valueBlock.valueHexView;
  return length > 0 && length <= maximumNonce;
}
