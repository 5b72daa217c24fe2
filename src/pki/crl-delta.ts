import type { CertificateRevocationList } from "./crl.ts";
import type { Revocation } from "./crl-reason.ts";
import { comparablePointNames, type IssuingDistributionPoint } from "./crl-distribution-point.ts";
import { type Name, sameName } from "./name.ts";
import { equalBytes } from "../bytes.ts";

/** Delta CRLs: changes since a complete CRL (RFC 5280 5.2.4, 6.3.3 (c)). */

/** Whether the delta claims to bring the complete CRL up to date: same issuer, scope and key identifier, numbers that meet. */
export function isDeltaOf(delta: CertificateRevocationList, complete: CertificateRevocationList): boolean {
  if (delta.baseNumber === null || delta.number === null || complete.number === null) return false;
  return (
    sameName(delta.issuer, complete.issuer) &&
    sameScope(delta.issuingDistributionPoint, complete.issuingDistributionPoint, complete.issuer) &&
    sameOctets(delta.authorityKeyIdentifier, complete.authorityKeyIdentifier) &&
    delta.baseNumber <= complete.number &&
    complete.number < delta.number
  );
}

/**
 * What a complete CRL says once the delta is applied (RFC 5280 6.3.3 (i) to (k)): an entry of the delta
 * decides, and removeFromCRL takes an entry away.
 */
export function lookUpCombined(
  complete: CertificateRevocationList,
  delta: CertificateRevocationList | null,
  serialNumber: Uint8Array,
  issuer: Name,
): Revocation | null {
  const changed = delta?.entries.revoked.find(serialNumber, issuer) ?? null;
  if (changed === null) return complete.entries.revoked.find(serialNumber, issuer);
  return changed.reason === "removeFromCRL" ? null : changed;
}

function sameScope(a: IssuingDistributionPoint | null, b: IssuingDistributionPoint | null, issuer: Name): boolean {
  return scopeText(a, issuer) === scopeText(b, issuer);
}

/** Equal for two scopes exactly when they are the same. */
export function scopeText(scope: IssuingDistributionPoint | null, issuer: Name): string {
  if (scope === null) return "";
  const names = scope.name === null ? null : [...comparablePointNames(scope.name, issuer)].sort();
  const reasons = scope.onlySomeReasons === null ? null : [...scope.onlySomeReasons];
  return JSON.stringify([names, scope.onlyContains, reasons, scope.indirect]);
}

function sameOctets(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === null || b === null ? a === b : equalBytes(a, b);
}
