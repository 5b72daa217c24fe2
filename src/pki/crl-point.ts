import type { Certificate } from "./certificate.ts";
import type { CertificateRevocationList } from "./crl.ts";
import { comparablePointNames } from "./crl-distribution-point.ts";
import { type DistributionPoint, type DistributionPointName, type ReasonFlag, reasonFlags } from "./distribution-point.ts";
import { type Name, sameName } from "./name.ts";
import { accept, refuse, type Verdict } from "../errors.ts";

/** What a CRL says about a certificate through one of its distribution points (RFC 5280 6.3.3 (b), (d)). */

/** The reasons a certificate may be revoked for: all of them must have been looked for. */
export const allReasons: ReadonlySet<ReasonFlag> = new Set(reasonFlags.filter((reason) => reason !== "unused"));

/** Where a certificate without a fitting distribution point is looked for (RFC 5280 6.3.3, after (l)). */
export function pointOfIssuer(issuer: Name): DistributionPoint {
  return { name: { kind: "fullName", names: [{ kind: "directoryName", name: issuer }] }, reasons: null, cRLIssuer: null };
}

export interface PointQuestion {
  readonly certificate: Certificate;
  readonly point: DistributionPoint;
  readonly crl: CertificateRevocationList;
}

/**
 * The reasons for which the CRL speaks about the certificate.
 *
 * Refuses with `crl_issuer_mismatch` when it is another issuer's CRL, with `crl_scope_mismatch` when the
 * certificate is outside its scope.
 */
export function reasonsOfPoint(question: PointQuestion): Verdict<ReadonlySet<ReasonFlag>> {
  const { certificate, point, crl } = question;
  const outside = (rule: string) => refuse("crl_scope_mismatch", rule);
  const scope = crl.issuingDistributionPoint;
  if (!isIssuerOfPoint(question)) return refuse("crl_issuer_mismatch", "CRL of another issuer");
  if (point.cRLIssuer !== null && scope?.indirect !== true) return outside("cRLIssuer named and CRL not indirect");
  if (scope !== null && scope.name !== null && !isPointOfScope(question)) return outside("distribution point of the CRL is not the certificate's");
  if (scope?.indirect === true && scope.name !== null && point.cRLIssuer === null) return outside("indirect CRL of a point whose certificates name no cRLIssuer");
  if (!isRetrievable(point.name) || !isRetrievable(scope?.name ?? null)) return outside("distribution point named by what is no way to a CRL");
  const isCA = certificate.extensions.basicConstraints?.cA === true;
  if (scope?.onlyContains === "attributeCertificates") return outside("onlyContainsAttributeCerts");
  if (scope?.onlyContains === "userCertificates" && isCA) return outside("onlyContainsUserCerts");
  if (scope?.onlyContains === "cACertificates" && !isCA) return outside("onlyContainsCACerts");
  const inScope = (reason: ReasonFlag) => (scope?.onlySomeReasons?.has(reason) ?? true) && (point.reasons?.has(reason) ?? true);
  return accept(new Set([...allReasons].filter(inScope)));
}

/** A name of a point is one more way to obtain the same CRL (RFC 5280 4.2.1.13): a directory entry or a URI. */
function isRetrievable(name: DistributionPointName | null): boolean {
  if (name?.kind !== "fullName") return true;
  return name.names.every(({ kind }) => kind === "directoryName" || kind === "uniformResourceIdentifier");
}

function isIssuerOfPoint({ certificate, point, crl }: PointQuestion): boolean {
  if (point.cRLIssuer === null) return sameName(crl.issuer, certificate.issuer);
  return point.cRLIssuer.some((name) => name.kind === "directoryName" && sameName(name.name, crl.issuer));
}

function isPointOfScope({ certificate, point, crl }: PointQuestion): boolean {
  const scope = crl.issuingDistributionPoint?.name ?? null;
  const wanted = point.name ?? (point.cRLIssuer === null ? null : ({ kind: "fullName", names: point.cRLIssuer } as const));
  if (scope === null || wanted === null) return false;
  const named = new Set(comparablePointNames(scope, crl.issuer));
  const parent = point.cRLIssuer === null ? certificate.issuer : crl.issuer;
  return comparablePointNames(wanted, parent).some((name) => named.has(name));
}
