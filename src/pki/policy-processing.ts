import type { Certificate } from "./certificate.ts";
import { anyPolicy } from "./oid.ts";
import { descend, initialPolicyGraph, mapPolicies, meetsPolicies, noPolicies, type PolicyGraph } from "./policy-graph.ts";
import { accept, refuse, type Refused, type Verdict } from "../errors.ts";

/** The policies the caller wants of a path (RFC 5280 6.1.1 (c), (e), (f), (g)). */
export interface InitialPolicies {
  /** user-initial-policy-set: object identifiers, `null` for any policy. */
  readonly wanted: readonly string[] | null;
  /** initial-explicit-policy: the path must be valid under a wanted policy. */
  readonly requireExplicit: boolean;
  /** initial-policy-mapping-inhibit. */
  readonly inhibitMapping: boolean;
  /** initial-any-policy-inhibit. */
  readonly inhibitAny: boolean;
}

export const anyPolicyAtAll: InitialPolicies = { wanted: null, requireExplicit: false, inhibitMapping: false, inhibitAny: false };

/** The state variables of RFC 5280 6.1.2 that are about policies; a counter that is at 0 rules. */
export interface PolicyState {
  readonly graph: PolicyGraph;
  readonly explicitPolicy: number;
  readonly policyMapping: number;
  readonly inhibitAnyPolicy: number;
}

/** RFC 5280 6.1.2 (a), (d), (e), (f); instead of n + 1 a counter that never comes to 0. */
export function initialPolicyState({ requireExplicit, inhibitMapping, inhibitAny }: InitialPolicies): PolicyState {
  const counter = (rules: boolean): number => (rules ? 0 : Infinity);
  return { graph: initialPolicyGraph(), explicitPolicy: counter(requireExplicit), policyMapping: counter(inhibitMapping), inhibitAnyPolicy: counter(inhibitAny) };
}

/** RFC 5280 6.1.3 (d), (e), (f) for one certificate. */
export function enterCertificate(state: PolicyState, { extensions }: Certificate, counts: { readonly isSelfIssuedAuthority: boolean }): Verdict<PolicyState> {
  const policies = extensions.certificatePolicies?.map(({ oid }) => oid);
  const allowsAny = state.inhibitAnyPolicy > 0 || counts.isSelfIssuedAuthority;
  const graph = policies === undefined ? noPolicies : descend(state.graph, policies, allowsAny);
  if (state.explicitPolicy === 0 && graph.size === 0) return refuse("policy_refused", "no policy left (RFC 5280 6.1.3 (f))");
  return accept({ ...state, graph });
}

/** RFC 5280 6.1.4 (a), (b), (h), (i), (j): what an authority changes for the certificates below it. */
export function leaveAuthority(state: PolicyState, certificate: Certificate, counts: { readonly isSelfIssued: boolean }): Verdict<PolicyState> {
  const { policyMappings = [] } = certificate.extensions;
  if (policyMappings.some((mapping) => mapping.issuerDomainPolicy === anyPolicy || mapping.subjectDomainPolicy === anyPolicy)) {
    return refuse("policy_refused", "anyPolicy mapped (RFC 5280 6.1.4 (a))");
  }
  const graph = policyMappings.length === 0 ? state.graph : mapPolicies(state.graph, policyMappings, state.policyMapping > 0);
  const step = (counter: number): number => (counts.isSelfIssued ? counter : Math.max(0, counter - 1));
  const counted = { graph, explicitPolicy: step(state.explicitPolicy), policyMapping: step(state.policyMapping), inhibitAnyPolicy: step(state.inhibitAnyPolicy) };
  return accept(constrainPolicies(counted, certificate));
}

/** RFC 5280 6.1.4 (i), (j). Of an anchor too: it holds for all that is below it (RFC 5937 3.2). */
export function constrainPolicies(state: PolicyState, { extensions }: Certificate): PolicyState {
  const { policyConstraints, inhibitAnyPolicy } = extensions;
  if (policyConstraints === undefined && inhibitAnyPolicy === undefined) return state;
  return {
    graph: state.graph,
    explicitPolicy: Math.min(state.explicitPolicy, policyConstraints?.requireExplicitPolicy ?? Infinity),
    policyMapping: Math.min(state.policyMapping, policyConstraints?.inhibitPolicyMapping ?? Infinity),
    inhibitAnyPolicy: Math.min(state.inhibitAnyPolicy, inhibitAnyPolicy ?? Infinity),
  };
}

/** RFC 5280 6.1.5 (a), (b), (g), after the last certificate. */
export function policyRefusal(state: PolicyState, leaf: Certificate, { wanted }: InitialPolicies): Refused | null {
  const isRequired = state.explicitPolicy <= 1 || leaf.extensions.policyConstraints?.requireExplicitPolicy === 0;
  const isAny = wanted === null || wanted.includes(anyPolicy);
  if (!isRequired || meetsPolicies(state.graph, isAny ? null : new Set(wanted))) return null;
  return refuse("policy_refused", "under none of the wanted policies (RFC 5280 6.1.5 (g))");
}
