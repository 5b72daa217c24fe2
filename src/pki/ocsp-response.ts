import type { Certificate } from "./certificate.ts";
import { type CrlReason, statusOfRevocation } from "./crl-reason.ts";
import { namesCertificate } from "./ocsp-cert-id.ts";
import { type BasicOcspResponse, parseOcspResponse, type SingleResponse } from "./ocsp-message.ts";
import { nonceValue } from "./ocsp-request.ts";
import { authenticateResponder } from "./ocsp-responder.ts";
import { sameName } from "./name.ts";
import { equalBytes } from "../bytes.ts";
import { accept, refuse, type Refused, type Verdict } from "../errors.ts";

export interface OcspVerification {
  /** DER of an OCSPResponse. */
  readonly response: Uint8Array;
  readonly certificate: Certificate;
  /** The certificate's issuer, trusted by its path. */
  readonly issuer: Certificate;
  /** Seconds since the epoch at which the answer is judged: now, or then for an archived answer. */
  readonly time: number;
  /** The nonce that was sent, `null` when none was. */
  readonly nonce: Uint8Array | null;
  /** Whether an answer without the nonce is refused. Another nonce always is. */
  readonly nonceRequired: boolean;
  /** Seconds since thisUpdate; `null` for no limit, and then the answer must have a nextUpdate. */
  readonly maximumAge: number | null;
  /** Seconds by which the responder's clock may be ahead of ours. */
  readonly clockSkew?: number;
  /** Serial numbers the issuer is known to have revoked: a responder among them is refused. */
  readonly isRevoked?: (serialNumber: Uint8Array) => boolean;
}

/** A verified answer. Times in seconds since the epoch. */
export interface OcspStatus {
  readonly status: "good" | "revoked" | "hold" | "unknown";
  readonly thisUpdate: number;
  readonly nextUpdate: number | null;
  readonly producedAt: number;
  readonly revokedAt?: number;
  readonly reason?: CrlReason;
}

export const defaultClockSkew = 60;

/**
 * Judges an OCSP answer (RFC 6960 3.2, 4.2.2): who signed it, that it is about exactly this certificate,
 * that it is fresh, and that it answers our question. An accepted verdict may still say revoked, hold or
 * unknown: only `good` lets a person in.
 */
export function verifyOcspResponse(input: OcspVerification): Verdict<OcspStatus> {
  const { certificate, issuer, time, isRevoked = () => false } = input;
  if (!sameName(certificate.issuer, issuer.subject)) return refuse("ocsp_certificate_mismatch", "certificate not of this issuer");
  const parsed = parseOcspResponse(input.response);
  if (!parsed.valid) return parsed;
  const basic = parsed.value;
  const authentic = authenticateResponder(basic, { issuer, time, isRevoked });
  if (!authentic.valid) return authentic;
  const [critical] = basic.criticalExtensions;
  if (critical !== undefined) return refuse("unknown_critical_extension", critical);
  const answer = answerAbout(basic, input);
  if (!answer.valid) return answer;
  const refusal = refusalOfTime(basic, answer.value, input) ?? refusalOfNonce(basic, input);
  return refusal ?? accept(statusOf(basic, answer.value));
}

/** The one single response about the certificate. A revocation is believed even among others. */
function answerAbout({ responses }: BasicOcspResponse, { certificate, issuer }: OcspVerification): Verdict<SingleResponse> {
  const ours = responses.filter(({ certId }) => namesCertificate(certId, certificate, issuer));
  const revocations = ours.filter(({ certStatus }) => certStatus.kind === "revoked");
  const worst = revocations.find((response) => statusOfSingle(response) === "revoked") ?? revocations[0] ?? ours[0];
  if (worst === undefined) return refuse("ocsp_certificate_mismatch", "no single response about the certificate");
  if (responses.length > 1 && worst.certStatus.kind !== "revoked") return refuse("ocsp_certificate_mismatch", "more than one single response");
  return accept(worst);
}

function refusalOfTime(basic: BasicOcspResponse, answer: SingleResponse, input: OcspVerification): Refused | null {
  const { time, maximumAge, clockSkew = defaultClockSkew } = input;
  const { thisUpdate, nextUpdate } = answer;
  const stale = (rule: string) => refuse("ocsp_not_fresh", rule);
  if (thisUpdate > time + clockSkew) return stale("thisUpdate in the future");
  if (basic.producedAt > time + clockSkew) return stale("producedAt in the future");
  if (nextUpdate !== null && nextUpdate < thisUpdate) return stale("nextUpdate before thisUpdate");
  if (nextUpdate !== null && nextUpdate < time) return stale("nextUpdate past");
  if (maximumAge !== null && time - thisUpdate > maximumAge) return stale("thisUpdate too long ago");
  if (nextUpdate === null && maximumAge === null) return stale("no nextUpdate and no age limit");
  return null;
}

function refusalOfNonce({ nonceValue: answered }: BasicOcspResponse, { nonce, nonceRequired }: OcspVerification): Refused | null {
  if (nonce === null) return null;
  if (answered === null) return nonceRequired ? refuse("ocsp_nonce_mismatch", "no nonce in the answer") : null;
  return equalBytes(answered, nonceValue(nonce)) ? null : refuse("ocsp_nonce_mismatch", "another nonce");
}

function statusOfSingle({ certStatus }: SingleResponse): OcspStatus["status"] {
  return certStatus.kind === "revoked" ? statusOfRevocation(certStatus) : certStatus.kind;
}

function statusOf({ producedAt }: BasicOcspResponse, answer: SingleResponse): OcspStatus {
  const { certStatus, thisUpdate, nextUpdate } = answer;
  const status = { status: statusOfSingle(answer), thisUpdate, nextUpdate, producedAt };
  if (certStatus.kind !== "revoked") return status;
  const { revokedAt, reason } = certStatus;
  return { ...status, revokedAt, ...(reason === null ? {} : { reason }) };
}
