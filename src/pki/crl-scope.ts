import type { Certificate } from "./certificate.ts";
import { comparablePointNames } from "./crl-distribution-point.ts";
import type { VerifiedCrl } from "./crl-verification.ts";
import type { DistributionPoint } from "./distribution-point.ts";
import { sameName } from "./name.ts";
import { accept, refuse, type Verdict } from "../errors.ts";

export interface CrlScopeQuestion {
  readonly crl: VerifiedCrl;
  readonly certificate: Certificate;
  /**
   * Whether a CRL without a distribution point may speak for a certificate that names one. RFC 5280 6.3.3
   * allows it; JPKI's CRLs are partitioned, so by default it is refused: the list of another part of the
   * country, or of none, says nothing about this certificate.
   */
  readonly acceptWithoutPoint?: boolean;
}

/**
 * Whether a certificate's revocation would show on this CRL (RFC 5280 6.3.3 (b)): same issuer, the
 * certificate's kind, and the very distribution point that the certificate names.
 */
export function crlCovers({ crl, certificate, acceptWithoutPoint = false }: CrlScopeQuestion): Verdict<true> {
  const outside = (rule: string) => refuse("crl_scope_mismatch", rule);
  if (!sameName(crl.issuer, certificate.issuer)) return refuse("crl_issuer_mismatch", "CRL of another issuer");
  const scope = crl.issuingDistributionPoint;
  const isCA = certificate.extensions.basicConstraints?.cA === true;
  if (scope?.onlyContains === "attributeCertificates") return outside("onlyContainsAttributeCerts");
  if (scope?.onlyContains === "userCertificates" && isCA) return outside("onlyContainsUserCerts");
  if (scope?.onlyContains === "cACertificates" && !isCA) return outside("onlyContainsCACerts");
  const points = certificate.extensions.cRLDistributionPoints ?? [];
  if (scope === null || scope.name === null) {
    return points.length === 0 || acceptWithoutPoint ? accept(true) : outside("CRL without the certificate's distribution point");
  }
  const named = new Set(comparablePointNames(scope.name, crl.issuer));
  const wanted = namesOfPoints(points, certificate);
  return wanted.some((name) => named.has(name)) ? accept(true) : outside("distribution point of the CRL is not the certificate's");
}

/** The full names of the points whose CRLs are direct and for all reasons. */
function namesOfPoints(points: readonly DistributionPoint[], certificate: Certificate): readonly string[] {
  return points.flatMap(({ name, reasons, cRLIssuer }) =>
    name === null || reasons !== null || cRLIssuer !== null ? [] : comparablePointNames(name, certificate.issuer),
  );
}
