import { type AlgorithmPolicy, judgeKey } from "./algorithm-policy.ts";
import type { Certificate } from "./certificate.ts";
import { missingKeyIdentifier, nonconformity } from "./conformity.ts";
import { type ComparisonBudget, nameConstraintRefusal } from "./name-constraint-check.ts";
import type { NameConstraints } from "./name-constraints.ts";
import { extensionOid, keyPurposeOid } from "./oid.ts";
import { isSelfIssued, type Path } from "./path-building.ts";
import { type PeerName, peerNameRefusal } from "./peer-name.ts";
import { constrainPolicies, enterCertificate, initialPolicyState, type InitialPolicies, leaveAuthority, policyRefusal, type PolicyState } from "./policy-processing.ts";
import { isIssuedBy } from "./signature-checker.ts";
import { accept, refuse, type Refused, type Verdict } from "../errors.ts";

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
  readonly policies: InitialPolicies;
  /** Names that the leaf must carry, all of them. */
  readonly peerNames: readonly PeerName[];
  /** Shared by all paths of a search. */
  readonly comparisons: ComparisonBudget;
}

/** RFC 5280 6.1.2: what is known before a certificate is looked at. Of the anchor, everything is open. */
interface State {
  readonly policies: PolicyState;
  /** One entry an authority that constrains names. */
  readonly nameConstraints: readonly NameConstraints[];
  readonly purposes: Purposes;
  /** Authorities that are not self-issued and may still follow. */
  readonly lengthLeft: number;
}

/**
 * Validates a path whose names and signatures are known to chain (RFC 5280 6.1, policies as RFC 9618 has
 * them), from the anchor to the leaf. The anchor's certificate is held to the same rules, and what it
 * constrains is constrained (RFC 5937): it stands for more than a bare key here.
 *
 * @param path - leaf first, anchor last.
 * @returns the refusal, or `null` when the path is valid.
 */
export function judgePath(path: Path, options: ValidationOptions): Refused | null {
  const [leaf, ...authorities] = path;
  const anchor = authorities.pop();
  if (leaf === undefined || anchor === undefined) return refuse("untrusted_issuer", "no path");
  let state = judgeAnchor(anchor, options);
  for (const [index, authority] of authorities.toReversed().entries()) {
    if (!state.valid) return placed(state, path.length - 1 - index);
    state = judgeAuthority(state.value, authority, options);
  }
  if (!state.valid) return placed(state, 1);
  const refusal = leafRefusal(state.value, leaf, options);
  return refusal === null ? null : placed(refusal, 0);
}

function judgeAnchor(anchor: Certificate, options: ValidationOptions): Verdict<State> {
  const refusal = certificateRefusal(anchor, true, options) ?? authorityRefusal(anchor, true);
  if (refusal !== null) return refusal;
  const purposes = narrowPurposes(null, anchor, options.extendedKeyUsages);
  if (!purposes.valid) return purposes;
  const { basicConstraints, nameConstraints } = anchor.extensions;
  return accept({
    policies: constrainPolicies(initialPolicyState(options.policies), anchor),
    nameConstraints: nameConstraints === undefined ? [] : [nameConstraints],
    purposes: purposes.value,
    lengthLeft: Math.min(options.maximumPathLength ?? Infinity, basicConstraints?.pathLenConstraint ?? Infinity),
  });
}

/** RFC 5280 6.1.3 and 6.1.4 for a certificate between anchor and leaf. */
function judgeAuthority(state: State, authority: Certificate, options: ValidationOptions): Verdict<State> {
  const refusal = certificateRefusal(authority, false, options) ?? authorityRefusal(authority, false);
  if (refusal !== null) return refusal;
  const selfIssued = isSelfIssued(authority);
  const misnamed = selfIssued ? null : nameConstraintRefusal(authority, state.nameConstraints, options.comparisons);
  if (misnamed !== null) return misnamed;
  const entered = enterCertificate(state.policies, authority, { isSelfIssuedAuthority: selfIssued });
  if (!entered.valid) return entered;
  const policies = leaveAuthority(entered.value, authority, { isSelfIssued: selfIssued });
  if (!policies.valid) return policies;
  const purposes = narrowPurposes(state.purposes, authority, options.extendedKeyUsages);
  if (!purposes.valid) return purposes;
  // RFC 5280 6.1.4 (l), (m): self-issued certificates do not count.
  const lengthLeft = selfIssued ? state.lengthLeft : state.lengthLeft - 1;
  if (lengthLeft < 0) return refuse("path_length_exceeded", "RFC 5280 6.1.4 (l)");
  const { basicConstraints, nameConstraints } = authority.extensions;
  return accept({
    policies: policies.value,
    nameConstraints: nameConstraints === undefined ? state.nameConstraints : [...state.nameConstraints, nameConstraints],
    purposes: purposes.value,
    lengthLeft: Math.min(lengthLeft, basicConstraints?.pathLenConstraint ?? Infinity),
  });
}

/** RFC 5280 6.1.3 and 6.1.5 for the certificate in question. */
function leafRefusal(state: State, leaf: Certificate, options: ValidationOptions): Refused | null {
  const refusal = certificateRefusal(leaf, false, options) ?? nameConstraintRefusal(leaf, state.nameConstraints, options.comparisons);
  if (refusal !== null) return refusal;
  const purposes = narrowPurposes(state.purposes, leaf, options.extendedKeyUsages);
  if (!purposes.valid) return purposes;
  const policies = enterCertificate(state.policies, leaf, { isSelfIssuedAuthority: false });
  if (!policies.valid) return policies;
  return policyRefusal(policies.value, leaf, options.policies) ?? peerNameRefusal(leaf, options.peerNames);
}

/** What every certificate of the path must meet. */
function certificateRefusal(certificate: Certificate, isAnchor: boolean, options: ValidationOptions): Refused | null {
  const validity = validityRefusal(certificate, options.time);
  if (validity !== null) return validity;
  // RFC 5280 6.1.4 (k): a v1 or v2 certificate says nothing of being an authority.
  const nonconforming = nonconformity(certificate);
  if (nonconforming !== null) return nonconforming;
  if (options.requireKeyIdentifiers) {
    const missing = missingKeyIdentifier(certificate, () => isAnchor && isIssuedBy(certificate, certificate, options.algorithms.minimumDsaBits !== undefined).valid);
    if (missing !== null) return missing;
  }
  const key = judgeKey(certificate.publicKey, options.algorithms);
  return key.valid ? null : key;
}

/** Valid from the first to the last second, both included (RFC 5280 4.1.2.5). */
function validityRefusal({ notBefore, notAfter }: Certificate, time: number): Refused | null {
  const second = Math.floor(time);
  if (!(second >= notBefore)) return refuse("certificate_not_yet_valid", "notBefore, RFC 5280 6.1.3 (a)(2)");
  return second <= notAfter ? null : refuse("certificate_expired", "notAfter, RFC 5280 6.1.3 (a)(2)");
}

/** The purposes a path allows; `null` allows any. */
type Purposes = readonly string[] | null;

/** An authority that names purposes issues for these alone: what is left are the purposes all name. */
function narrowPurposes(before: Purposes, { extensions }: Certificate, wanted: readonly string[]): Verdict<Purposes> {
  const named = extensions.extendedKeyUsage;
  if (named === undefined || named.includes(keyPurposeOid.anyExtendedKeyUsage)) return accept(before);
  const left = before === null ? named : named.filter((purpose) => before.includes(purpose));
  const allows = left.length > 0 && wanted.every((purpose) => left.includes(purpose));
  return allows ? accept(left) : refuse("extended_key_usage_refused", "RFC 5280 4.2.1.12");
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
  return { ...refusal, certificate: indexFromLeaf };
}
