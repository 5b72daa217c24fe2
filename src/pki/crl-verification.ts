import type { Certificate } from "./certificate.ts";
import type { CertificateRevocationList, CrlContents } from "./crl.ts";
import { type Revocation, statusOfRevocation } from "./crl-reason.ts";
import { sameName } from "./name.ts";
import { accept, refuse, type Refused, type Verdict } from "../errors.ts";

declare const verified: unique symbol;
/** A CRL that {@link verifyCrl} accepted: the only kind that answers questions. */
export type VerifiedCrl = CrlContents & { readonly [verified]: true };

export interface CrlVerification {
  readonly crl: CertificateRevocationList;
  /** The authority whose certificates the CRL lists, trusted by its path or pinned. */
  readonly issuer: Certificate;
  /** Seconds since the epoch at which the CRL is judged. */
  readonly time: number;
  /** Seconds by which the issuer's clock may be ahead of ours. */
  readonly clockSkew?: number;
}

/**
 * Judges a CRL as such (RFC 5280 6.3.3 (a), (f), (g)): issued and signed by this authority, current, and
 * complete. Delta CRLs, indirect CRLs and CRLs of some reasons only are refused, not misread.
 */
export function verifyCrl({ crl, issuer, time, clockSkew = 60 }: CrlVerification): Verdict<VerifiedCrl> {
  if (!sameName(crl.issuer, issuer.subject)) return refuse("crl_issuer_mismatch", "issuer's name");
  if (issuer.extensions.keyUsage?.has("cRLSign") === false) return refuse("key_usage_refused", "issuer without cRLSign");
  const signed = crl.isSignedBy(issuer.publicKey);
  if (!signed.valid) return signed;
  return refusalOfKind(crl) ?? refusalOfCrlTime(crl, time, clockSkew) ?? accept(crl as CrlContents as VerifiedCrl);
}

function refusalOfKind({ unknownCritical, entries, baseNumber, issuingDistributionPoint: scope }: CertificateRevocationList): Refused | null {
  const [critical] = [...unknownCritical, ...entries.unknownCritical];
  if (critical !== undefined) return refuse("unknown_critical_extension", critical);
  if (baseNumber !== null) return refuse("crl_scope_mismatch", "delta CRL");
  if (scope?.indirect === true || entries.hasCertificateIssuer) return refuse("crl_scope_mismatch", "indirect CRL");
  return (scope?.onlySomeReasons ?? null) === null ? null : refuse("crl_scope_mismatch", "onlySomeReasons");
}

type CrlDates = Pick<CertificateRevocationList, "thisUpdate" | "nextUpdate">;

/** Why the CRL is not current at `time`, `null` when it is. Its nextUpdate is the last second it counts. */
export function refusalOfCrlTime(crl: CrlDates, time: number, clockSkew = 60): Refused | null {
  const wrong = refusalOfCrlDates(crl, time, clockSkew);
  if (wrong !== null) return wrong;
  return crl.nextUpdate !== null && crl.nextUpdate < time ? refuse("crl_not_fresh", "nextUpdate past") : null;
}

/** Why the CRL never was current until `time`, `null` when it was or is. */
export function refusalOfCrlDates({ thisUpdate, nextUpdate }: CrlDates, time: number, clockSkew = 60): Refused | null {
  if (thisUpdate > time + clockSkew) return refuse("crl_not_fresh", "thisUpdate in the future");
  // RFC 5280 5.1.2.5: nextUpdate is required.
  if (nextUpdate === null) return refuse("crl_not_fresh", "no nextUpdate");
  return nextUpdate < thisUpdate ? refuse("crl_not_fresh", "nextUpdate before thisUpdate") : null;
}

export type CrlStatus = { readonly status: "good" } | ({ readonly status: "revoked" | "hold" } & Revocation);

/** What the CRL says of a serial number (contents octets). Means something only when the CRL covers the certificate. */
export function lookUp(crl: VerifiedCrl, serialNumber: Uint8Array): CrlStatus {
  const revocation = crl.entries.revoked.find(serialNumber);
  return revocation === null ? { status: "good" } : { status: statusOfRevocation(revocation), ...revocation };
}
