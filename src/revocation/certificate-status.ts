import type { Verdict } from "../errors.ts";
import type { Certificate } from "../pki/certificate.ts";

/** What is known of one certificate. Only `good` lets a person in; times are seconds since the epoch. */
export interface CertificateStatus {
  readonly status: "good" | "revoked" | "hold" | "unknown";
  readonly source: "ocsp" | "crl";
  /** When the authority says this was known to be true. */
  readonly thisUpdate: number;
  /** When we asked. A cached answer keeps the time of the question that gave it. */
  readonly checkedAt: number;
  /**
   * What this rests on, for whoever replays it: DER of the OCSPResponse; of a CRL, which is too long to
   * keep, the SHA-256 of its tbsCertList in hexadecimal, its number and its thisUpdate as JSON. Null when
   * there is nothing to keep.
   */
  readonly answer: Uint8Array | null;
  readonly revokedAt?: number;
  /** CRLReason by name (RFC 5280 5.3.1). */
  readonly reason?: string;
}

/** A certificate whose path to `issuer` the caller has already validated. */
export interface StatusSubject {
  readonly certificate: Certificate;
  readonly issuer: Certificate;
}

export interface CheckOptions {
  /** Seconds: an answer asked for longer ago than this is not taken from a cache. */
  readonly maximumAge?: number;
}

/** Where status comes from: OCSP and CRLs here, an operator's own source elsewhere. */
export interface StatusSource {
  /** `now` in seconds. Refused means "not known" (`status_unavailable`), never "good". */
  check(subject: StatusSubject, now: number, options?: CheckOptions): Promise<Verdict<CertificateStatus>>;
}
