import { type Fetch, fetchBounded, type FetchFailure } from "./bounded-fetch.ts";
import type { StatusSubject } from "./certificate-status.ts";
import { randomBytes } from "../bytes.ts";
import { accept, type ErrorCode, refuse, type Verdict } from "../errors.ts";
import type { CertIdHash } from "../pki/ocsp-cert-id.ts";
import { maximumOcspResponseLength } from "../pki/ocsp-message.ts";
import { buildOcspRequest } from "../pki/ocsp-request.ts";
import { type OcspStatus, verifyOcspResponse } from "../pki/ocsp-response.ts";

/** A responder the operator has listed. The list is the allow-list: no URL ever comes from a certificate. */
export interface OcspResponder {
  readonly url: string;
  /** "required" by default: an answer made before the question is refused. "none" sends no nonce. */
  readonly nonce?: "required" | "optional" | "none";
  readonly hash?: CertIdHash;
  /** Seconds since thisUpdate; `null`, the default, leaves freshness to the answer's nextUpdate. */
  readonly maximumAge?: number | null;
}

/** A verified answer with the octets it was read from. */
export interface OcspAnswer extends OcspStatus {
  /** DER of the OCSPResponse. */
  readonly response: Uint8Array;
}

export interface OcspClient {
  readonly url: string;
  /** Asks once. `time` in seconds; `isRevoked` tells responders the issuer is known to have revoked. */
  query(subject: StatusSubject, question: OcspQuestion): Promise<Verdict<OcspAnswer>>;
}

export interface OcspQuestion {
  readonly time: number;
  readonly signal: AbortSignal;
  readonly isRevoked: (serialNumber: Uint8Array) => boolean;
}

const nonceOctets = 32;

const codeOfFailure: Readonly<Record<FetchFailure, ErrorCode>> = {
  deadline: "status_unavailable",
  network: "status_unavailable",
  redirect: "ocsp_not_successful",
  http_status: "ocsp_not_successful",
  content_type: "malformed_ocsp_response",
  too_large: "ocsp_response_too_large",
};

/**
 * OCSP over HTTP POST (RFC 6960 A.1) at one listed responder, with a nonce of its own for each question.
 *
 * @throws TypeError for a URL that is not http or https, or that carries credentials.
 */
export function createOcspClient(responder: OcspResponder, fetch: Fetch): OcspClient {
  const url = sourceUrl(responder.url);
  const { nonce: nonceMode = "required", hash = "sha1", maximumAge = null } = responder;
  return {
    url,
    async query({ certificate, issuer }, { time, signal, isRevoked }) {
      const nonce = nonceMode === "none" ? null : randomBytes(nonceOctets);
      const answer = await fetchBounded({
        fetch,
        url,
        method: "POST",
        headers: { "content-type": "application/ocsp-request", accept: "application/ocsp-response" },
        body: buildOcspRequest({ certificate, issuer, nonce, hash }),
        contentTypes: ["application/ocsp-response"],
        maximumBytes: maximumOcspResponseLength,
        signal,
      });
      if (!answer.ok) return refuse(codeOfFailure[answer.failure], answer.at);
      const nonceRequired = nonceMode === "required";
      const response = answer.body;
      const verdict = verifyOcspResponse({ response, certificate, issuer, time, nonce, nonceRequired, maximumAge, isRevoked });
      return verdict.valid ? accept({ ...verdict.value, response }) : verdict;
    },
  };
}

/** A listed URL in its normal form. */
export function sourceUrl(text: string): string {
  const url = new URL(text);
  if (url.protocol !== "http:" && url.protocol !== "https:") throw new TypeError(`a status source is http or https: ${url.protocol}`);
  if (url.username !== "" || url.password !== "") throw new TypeError("a status source's URL carries no credentials");
  return url.href;
}
