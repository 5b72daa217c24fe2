import type { Certificate } from "./certificate.ts";
import type { Extensions } from "./extensions.ts";
import { isWellFormedConstraint, isWellFormedSubjectName } from "./name-syntax.ts";
import { extensionOid } from "./oid.ts";
import { type ErrorCode, refuse, type Refused } from "../errors.ts";

/** What RFC 5280 section 4 says a certificate must or must not carry, beyond its encoding. */

type Rule = (certificate: Certificate) => Refused | null;

const rule =
  (code: ErrorCode, at: string, isBroken: (extensions: Extensions, certificate: Certificate) => boolean): Rule =>
  (certificate) =>
    isBroken(certificate.extensions, certificate) ? refuse(code, at) : null;

const alwaysCritical = new Set<string>([extensionOid.nameConstraints, extensionOid.inhibitAnyPolicy]);

const neverCritical = new Set<string>([
  extensionOid.subjectKeyIdentifier,
  extensionOid.authorityKeyIdentifier,
  extensionOid.authorityInfoAccess,
  extensionOid.subjectInfoAccess,
  extensionOid.freshestCRL,
]);

const rules: readonly Rule[] = [
  rule("malformed_certificate", "version not v3", (_, { version }) => version !== 3),
  rule("unknown_critical_extension", "RFC 5280 4.2", ({ unknownCritical }) => unknownCritical.length > 0),
  rule("malformed_certificate", "extension critical that must not be (RFC 5280 4.2.1.1, 4.2.1.2, 4.2.2)", ({ all }) =>
    all.some(({ oid, critical }) => critical && neverCritical.has(oid)),
  ),
  rule("malformed_certificate", "extension not critical that must be (RFC 5280 4.2.1.10, 4.2.1.14)", ({ all }) =>
    all.some(({ oid, critical }) => !critical && alwaysCritical.has(oid)),
  ),
  // RFC 3280 4.2.1.12 left it open whether it is critical, so authorities of its time are still met; what
  // constrains policies without asserting any was not made by that book either.
  rule(
    "malformed_certificate",
    "policyConstraints not critical (RFC 5280 4.2.1.11)",
    ({ all, certificatePolicies }) => certificatePolicies === undefined && all.some(({ oid, critical }) => !critical && oid === extensionOid.policyConstraints),
  ),
  rule(
    "malformed_certificate",
    "nameConstraints in a certificate of no CA (RFC 5280 4.2.1.10)",
    ({ nameConstraints, basicConstraints }) => nameConstraints !== undefined && basicConstraints?.cA !== true,
  ),
  rule("malformed_certificate", "nameConstraints not well-formed (RFC 5280 4.2.1.10)", ({ nameConstraints }) => {
    return nameConstraints !== undefined && ![...nameConstraints.permitted, ...nameConstraints.excluded].every(({ base }) => isWellFormedConstraint(base));
  }),
  rule("malformed_certificate", "subjectAltName not well-formed (RFC 5280 4.2.1.6)", ({ subjectAltName }) => {
    return subjectAltName?.every(isWellFormedSubjectName) === false;
  }),
  rule("key_usage_refused", "keyUsage empty (RFC 5280 4.2.1.3)", ({ keyUsage }) => keyUsage?.size === 0),
  rule(
    "key_usage_refused",
    "keyCertSign without cA (RFC 5280 4.2.1.9)",
    ({ keyUsage, basicConstraints }) => keyUsage?.has("keyCertSign") === true && basicConstraints?.cA !== true,
  ),
  rule("extended_key_usage_refused", "extKeyUsage empty (RFC 5280 4.2.1.12)", ({ extendedKeyUsage }) => extendedKeyUsage?.length === 0),
  rule("policy_refused", "certificatePolicies empty (RFC 5280 4.2.1.4)", ({ certificatePolicies }) => certificatePolicies?.length === 0),
  rule("policy_refused", "policy twice (RFC 5280 4.2.1.4)", ({ certificatePolicies = [] }) => {
    return new Set(certificatePolicies.map(({ oid }) => oid)).size !== certificatePolicies.length;
  }),
  rule(
    "malformed_certificate",
    "subject empty without critical subjectAltName (RFC 5280 4.1.2.6)",
    ({ all }, { subject }) =>
      subject.relativeNames.length === 0 && !all.some(({ oid, critical }) => critical && oid === extensionOid.subjectAltName),
  ),
];

/** The first rule of RFC 5280 section 4 that the certificate breaks, `null` when it breaks none. */
export function nonconformity(certificate: Certificate): Refused | null {
  for (const broken of rules) {
    const refusal = broken(certificate);
    if (refusal !== null) return refusal;
  }
  return null;
}

const subjectIdentifierRule = rule(
  "malformed_certificate",
  "subjectKeyIdentifier missing in a CA certificate (RFC 5280 4.2.1.2)",
  ({ basicConstraints, subjectKeyIdentifier }) => basicConstraints?.cA === true && subjectKeyIdentifier === undefined,
);
const authorityIdentifierRule = rule(
  "malformed_certificate",
  "authorityKeyIdentifier missing (RFC 5280 4.2.1.1)",
  ({ authorityKeyIdentifier }) => (authorityKeyIdentifier?.keyIdentifier ?? null) === null,
);

/**
 * RFC 5280 4.2.1.1 and 4.2.1.2: key identifiers are present.
 *
 * @param isSelfSigned - asked when the issuer's is missing: a self-signed certificate may leave it out.
 */
export function missingKeyIdentifier(certificate: Certificate, isSelfSigned: () => boolean): Refused | null {
  const missing = subjectIdentifierRule(certificate);
  if (missing !== null) return missing;
  const missingIssuer = authorityIdentifierRule(certificate);
  return missingIssuer !== null && isSelfSigned() ? null : missingIssuer;
}
