import { type AlgorithmPolicy, judgeKey } from "./algorithm-policy.ts";
import type { Certificate } from "./certificate.ts";
import { missingKeyIdentifier, nonconformity } from "./conformity.ts";
import { extensionOid, keyPurposeOid } from "./oid.ts";
import { isIssuedBy, isSelfIssued, type Path } from "./path-building.ts";
import { refuse, type Refused } from "../errors.ts";

export interface ValidationOptions {
  /** Seconds since the epoch at which the path is to be valid. */
  readonly time: number;
  /** Most intermediate certificates that are not self-issued; `null` for no limit (RFC 5280 6.1.1 has n). */
  readonly maximumPathLength: number | null;
  /** Keys that may occur anywhere in the path. */
  readonly algorithms: AlgorithmPolicy;
  /** Object identifiers of the purposes that every certificate which names any must name. */
  readonly extendedKeyUsages: readonly string[];
  /** Whether key identifiers must be present where RFC 5280 4.2.1.1 and 4.2.1.2 want them. */
  readonly requireKeyIdentifiers: boolean;
}

/**
 * Validates a path whose names and signatures are known to chain (RFC 5280 6.1), from the anchor to the
 * leaf. The anchor's certificate is held to the same rules: it stands for more than a bare key here.
 *
 * @param path - leaf first, anchor last.
 * @returns the refusal, or `null` when the path is valid.
 */
export function judgePath(path: Path, options: ValidationOptions): Refused | null {
  const downwards = path.toReversed();
  let lengthLeft = options.maximumPathLength ?? Infinity;
  let purposes: Purposes = null;
  for (const [index, certificate] of downwards.entries()) {
    const isAnchor = index === 0;
    const isLeaf = index === downwards.length - 1;
    const refusal = certificateRefusal(certificate, isAnchor, options) ?? (isLeaf ? null : authorityRefusal(certificate, isAnchor));
    if (refusal !== null) return placed(refusal, path.length - 1 - index);
    purposes = narrowPurposes(purposes, certificate.extensions.extendedKeyUsage);
    if (!options.extendedKeyUsages.every((wanted) => allowsPurpose(purposes, wanted)) || purposes?.length === 0) {
      return placed(refuse("extended_key_usage_refused", "RFC 5280 4.2.1.12"), path.length - 1 - index);
    }
    if (isLeaf) return null;
    // RFC 5280 6.1.4 (l), (m): self-issued certificates do not count; the anchor is not one of the path.
    if (!isAnchor && !isSelfIssued(certificate)) lengthLeft -= 1;
    if (lengthLeft < 0) return placed(refuse("path_length_exceeded", "RFC 5280 6.1.4 (l)"), path.length - 1 - index);
    lengthLeft = Math.min(lengthLeft, certificate.extensions.basicConstraints?.pathLenConstraint ?? Infinity);
  }
  return null;
}

/** What every certificate of the path must meet. */
function certificateRefusal(certificate: Certificate, isAnchor: boolean, options: ValidationOptions): Refused | null {
  const validity = validityRefusal(certificate, options.time);
  if (validity !== null) return validity;
  // RFC 5280 6.1.4 (k): a v1 or v2 certificate says nothing of being an authority.
  const nonconforming = nonconformity(certificate);
  if (nonconforming !== null) return nonconforming;
  if (options.requireKeyIdentifiers) {
    const missing = missingKeyIdentifier(certificate, () => isAnchor && isIssuedBy(certificate, certificate).valid);
    if (missing !== null) return missing;
  }
  const key = judgeKey(certificate.publicKey, options.algorithms);
  return key.valid ? null : key;
}

/** Valid from the first to the last second, both included (RFC 5280 4.1.2.5). */
function validityRefusal({ notBefore, notAfter }: Certificate, time: number): Refused | null {
  const second = Math.floor(time);
  if (!(second >= notBefore)) return refuse("certificate_not_yet_valid", "notBefore");
  return second <= notAfter ? null : refuse("certificate_expired", "notAfter");
}

/** The purposes a path allows; `null` allows any. */
type Purposes = readonly string[] | null;

/** An authority that names purposes issues for these alone: what is left are the purposes all name. */
function narrowPurposes(before: Purposes, named: readonly string[] | undefined): Purposes {
  if (named === undefined || named.includes(keyPurposeOid.anyExtendedKeyUsage)) return before;
  return before === null ? named : named.filter((purpose) => before.includes(purpose));
}

function allowsPurpose(purposes: Purposes, wanted: string): boolean {
  return purposes === null || purposes.includes(wanted);
}

/** What a certificate must say to issue others (RFC 5280 6.1.4 (k), (n)). */
function authorityRefusal({ extensions, subject }: Certificate, isAnchor: boolean): Refused | null {
  const { basicConstraints, keyUsage, all } = extensions;
  if (basicConstraints?.cA !== true) return refuse("not_a_ca", "RFC 5280 6.1.4 (k)");
  if (keyUsage !== undefined && !keyUsage.has("keyCertSign")) return refuse("key_usage_refused", "keyCertSign, RFC 5280 6.1.4 (n)");
  if (subject.relativeNames.length === 0) return refuse("malformed_certificate", "CA subject empty (RFC 5280 4.1.2.6)");
  // Asked of what the operator pins; in an intermediate RFC 5280 6.1 processes it critical or not.
  const isCritical = all.some(({ oid, critical }) => critical && oid === extensionOid.basicConstraints);
  return isAnchor && !isCritical ? refuse("not_a_ca", "basicConstraints not critical (RFC 5280 4.2.1.9)") : null;
}

function placed(refusal: Refused, indexFromLeaf: number): Refused {
  return refuse(refusal.code, `certificate ${indexFromLeaf}: ${refusal.at}`);
}
