import type { JpkiPolicy, JpkiProfile } from "./profiles.ts";
import { judgeKey } from "../pki/algorithm-policy.ts";
import type { Certificate } from "../pki/certificate.ts";
import { attributeOid } from "../pki/oid.ts";
import { accept, refuse, type Refused, type Verdict } from "../errors.ts";

/** What makes a certificate that chains to J-LIS one of the wanted kind. */

type Rule = (certificate: Certificate, profile: JpkiProfile) => Refused | null;

const rules: readonly Rule[] = [hasNoCaBits, hasExactKeyUsage, hasRightPurpose, hasOneCommonName, hasStrongKey];

/** The policy by which the certificate meets the profile. */
export function judgeProfile(certificate: Certificate, profile: JpkiProfile, policies: readonly JpkiPolicy[]): Verdict<JpkiPolicy> {
  for (const rule of rules) {
    const refusal = rule(certificate, profile);
    if (refusal !== null) return refusal;
  }
  return acceptedPolicy(certificate, policies);
}

function hasNoCaBits({ extensions }: Certificate): Refused | null {
  const constraints = extensions.basicConstraints;
  const isPlain = constraints === undefined || (!constraints.cA && constraints.pathLenConstraint === null);
  return isPlain ? null : refuse("leaf_is_ca", "basicConstraints");
}

function hasExactKeyUsage({ extensions }: Certificate, { keyUsage }: JpkiProfile): Refused | null {
  const present = extensions.keyUsage;
  if (present === undefined) return refuse("key_usage_refused", "keyUsage missing");
  const isExact = present.size === keyUsage.length && keyUsage.every((usage) => present.has(usage));
  return isExact ? null : refuse("key_usage_refused", `keyUsage ${[...present].join(" ")}`);
}

function hasRightPurpose({ extensions }: Certificate, { extendedKeyUsage }: JpkiProfile): Refused | null {
  const present = extensions.extendedKeyUsage;
  if (present === undefined) return null;
  const isNamed = extendedKeyUsage !== null && present.includes(extendedKeyUsage);
  return isNamed ? null : refuse("extended_key_usage_refused", `extKeyUsage ${present.join(" ")}`);
}

/** The subject is `C=JP` and one opaque common name: a second one could be read by other software. */
function hasOneCommonName({ subject }: Certificate): Refused | null {
  const commonNames = subject.relativeNames.flat().filter(({ type }) => type === attributeOid.commonName);
  return commonNames.length === 1 ? null : refuse("malformed_certificate", `subject with ${commonNames.length} common names`);
}

function hasStrongKey({ publicKey }: Certificate, { algorithms }: JpkiProfile): Refused | null {
  const key = judgeKey(publicKey, algorithms);
  return key.valid ? null : key;
}

/** Exactly one policy, and an accepted one: it says what medium holds the key. */
function acceptedPolicy({ extensions }: Certificate, policies: readonly JpkiPolicy[]): Verdict<JpkiPolicy> {
  const [present, ...others] = extensions.certificatePolicies ?? [];
  if (present === undefined) return refuse("policy_refused", "certificatePolicies missing");
  if (others.length > 0) return refuse("policy_refused", "more than one policy");
  const accepted = policies.find(({ oid }) => oid === present.oid);
  return accepted === undefined ? refuse("policy_refused", `policy ${present.oid}`) : accept(accepted);
}
