import { type AlgorithmIdentifier, readAlgorithmIdentifier } from "./algorithm-identifier.ts";
import { type Certificate, readCertificate } from "./certificate.ts";
import { readCrlReason, type Revocation } from "./crl-reason.ts";
import { context, contextConstructed, type DerLimits, type DerReader, parseDer, tag } from "./der.ts";
import { readExtensionList } from "./extension-list.ts";
import { type Name, readName } from "./name.ts";
import { type CertId, readCertId } from "./ocsp-cert-id.ts";
import { refuse, type Verdict } from "../errors.ts";

/** OCSP answers as they stand on the wire (RFC 6960 4.2.1): read strictly, judged in `ocsp-response.ts`. */

export type CertStatus =
  | { readonly kind: "good" }
  | ({ readonly kind: "revoked" } & Revocation)
  | { readonly kind: "unknown" };

export interface SingleResponse {
  readonly certId: CertId;
  readonly certStatus: CertStatus;
  /** Seconds since the epoch. */
  readonly thisUpdate: number;
  readonly nextUpdate: number | null;
}

export type ResponderId =
  | { readonly kind: "byName"; readonly name: Name }
  | { readonly kind: "byKey"; readonly keyHash: Uint8Array };

export interface BasicOcspResponse {
  /** DER of tbsResponseData: what the signature covers. */
  readonly tbs: Uint8Array;
  readonly responderId: ResponderId;
  readonly producedAt: number;
  readonly responses: readonly SingleResponse[];
  /** Contents of the nonce extension's extnValue, `null` when absent. */
  readonly nonceValue: Uint8Array | null;
  /** Object identifiers of all critical extensions, of the answer and of its single responses. */
  readonly criticalExtensions: readonly string[];
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signature: Uint8Array;
  readonly certificates: readonly Certificate[];
}

/** OCSPResponseStatus by number; 4 is not used. */
const responseStatuses = {
  0: "successful",
  1: "malformedRequest",
  2: "internalError",
  3: "tryLater",
  5: "sigRequired",
  6: "unauthorized",
} as const;
type ResponseStatus = (typeof responseStatuses)[keyof typeof responseStatuses];

export const maximumOcspResponseLength = 64 * 1024;
const limits: DerLimits = { maximumLength: maximumOcspResponseLength, maximumDepth: 24, maximumValues: 8192 };
const maximumResponses = 64;
const maximumCertificates = 8;
const basicOid = "1.3.6.1.5.5.7.48.1.1";
const nonceOid = "1.3.6.1.5.5.7.48.1.2";

/**
 * Reads an OCSPResponse: strict DER, nothing after it. A status other than successful is
 * `ocsp_not_successful`, whatever else the answer holds.
 */
export function parseOcspResponse(der: Uint8Array): Verdict<BasicOcspResponse> {
  if (der.length > maximumOcspResponseLength) return refuse("ocsp_response_too_large", `${der.length} octets`);
  const parsed = parseDer(der, limits, readOcspResponse, "malformed_ocsp_response");
  if (!parsed.valid) return parsed;
  const { status, basic } = parsed.value;
  if (status !== "successful") return refuse("ocsp_not_successful", status);
  if (basic === undefined) return refuse("malformed_ocsp_response", "successful without responseBytes");
  return { valid: true, value: basic };
}

function readOcspResponse(reader: DerReader): { status: ResponseStatus; basic: BasicOcspResponse | undefined } {
  return reader.within(tag.sequence, (inner) => ({
    status: readResponseStatus(inner),
    basic: inner.withinOptional(contextConstructed(0), readResponseBytes),
  }));
}

function readResponseStatus(reader: DerReader): ResponseStatus {
  const offset = reader.offset;
  const number = reader.smallInteger(tag.enumerated);
  return responseStatuses[number as keyof typeof responseStatuses] ?? reader.fail("responseStatus not valid", offset);
}

function readResponseBytes(reader: DerReader): BasicOcspResponse {
  return reader.within(tag.sequence, (inner) => {
    if (inner.oid() !== basicOid) inner.fail("not a basic response");
    return inner.within(tag.octetString, readBasicResponse);
  });
}

function readBasicResponse(reader: DerReader): BasicOcspResponse {
  return reader.within(tag.sequence, (inner) => {
    const tbs = inner.read(tag.sequence);
    const data = inner.inside(tbs);
    const fields = readResponseData(data);
    data.end();
    return {
      tbs: tbs.bytes,
      ...fields,
      signatureAlgorithm: readAlgorithmIdentifier(inner),
      signature: inner.bitStringOctets(),
      certificates: inner.withinOptional(contextConstructed(0), readCertificates) ?? [],
    };
  });
}

function readCertificates(reader: DerReader): readonly Certificate[] {
  const offset = reader.offset;
  const certificates = reader.each(tag.sequence, readCertificate);
  return certificates.length <= maximumCertificates ? certificates : reader.fail("too many certificates", offset);
}

function readResponseData(reader: DerReader) {
  // Version v1 is the default and so never encoded; there is no other.
  const responderId = readResponderId(reader);
  const producedAt = reader.generalizedTime();
  const criticalExtensions: string[] = [];
  const offset = reader.offset;
  const responses = reader.each(tag.sequence, (inner) => readSingleResponse(inner, criticalExtensions));
  if (responses.length > maximumResponses) reader.fail("too many responses", offset);
  const nonceValue = reader.withinOptional(contextConstructed(1), (inner) => readResponseExtensions(inner, criticalExtensions)) ?? null;
  return { responderId, producedAt, responses, nonceValue, criticalExtensions };
}

function readResponderId(reader: DerReader): ResponderId {
  if (reader.peekTag() === contextConstructed(1)) return { kind: "byName", name: reader.within(contextConstructed(1), readName) };
  return { kind: "byKey", keyHash: reader.within(contextConstructed(2), (inner) => inner.octetString()) };
}

function readSingleResponse(reader: DerReader, criticalExtensions: string[]): SingleResponse {
  return reader.within(tag.sequence, (inner) => {
    const certId = readCertId(inner);
    const certStatus = readCertStatus(inner);
    const thisUpdate = inner.generalizedTime();
    const nextUpdate = inner.withinOptional(contextConstructed(0), (explicit) => explicit.generalizedTime()) ?? null;
    inner.withinOptional(contextConstructed(1), (explicit) => criticalExtensions.push(...readExtensionList(explicit, () => false)));
    return { certId, certStatus, thisUpdate, nextUpdate };
  });
}

function readCertStatus(reader: DerReader): CertStatus {
  switch (reader.peekTag()) {
    case context(0):
      reader.null(context(0));
      return { kind: "good" };
    case context(2):
      reader.null(context(2));
      return { kind: "unknown" };
    default:
      return reader.within(contextConstructed(1), (inner) => ({
        kind: "revoked",
        revokedAt: inner.generalizedTime(),
        reason: inner.withinOptional(contextConstructed(0), readCrlReason) ?? null,
      }));
  }
}

function readResponseExtensions(reader: DerReader, criticalExtensions: string[]): Uint8Array | null {
  let nonceValue: Uint8Array | null = null;
  const unknown = readExtensionList(reader, (oid, contents, critical) => {
    if (oid !== nonceOid) return false;
    nonceValue = contents.readAny().bytes;
    if (critical) criticalExtensions.push(oid);
    return true;
  });
  criticalExtensions.push(...unknown);
  return nonceValue;
}
