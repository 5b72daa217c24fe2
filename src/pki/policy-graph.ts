import { anyPolicy } from "./oid.ts";
import type { PolicyMapping } from "./policy-extensions.ts";

/**
 * The policies that every certificate of a path asserts, as a graph (RFC 9618 5; it replaces the tree of
 * RFC 5280 6.1.2, which can grow exponentially). A level holds one node a policy, so a path costs what its
 * certificates are long.
 *
 * Nodes know their parents only: a node without children is forgotten by not being reachable from the
 * last level, so that nothing needs pruning.
 */

interface PolicyNode {
  readonly policy: string;
  readonly parents: readonly PolicyNode[];
  /** Policies that certificates below may assert in this one's place. */
  readonly expected: readonly string[];
}

/** The nodes of the depth reached so far, by policy; empty is the graph NULL of the standard. */
export type PolicyGraph = ReadonlyMap<string, PolicyNode>;

export const noPolicies: PolicyGraph = new Map();

/** RFC 9618 5.1 (6.1.2 (a)): any policy at all. */
export function initialPolicyGraph(): PolicyGraph {
  return new Map([[anyPolicy, { policy: anyPolicy, parents: [], expected: [anyPolicy] }]]);
}

/**
 * The level of a certificate below (RFC 9618 5.2, 6.1.3 (d)).
 *
 * @param policies - object identifiers the certificate asserts.
 * @param allowsAny - whether anyPolicy among them counts.
 */
export function descend(graph: PolicyGraph, policies: readonly string[], allowsAny: boolean): PolicyGraph {
  const expecting = byExpectedPolicy(graph);
  const above = graph.get(anyPolicy);
  const level = new Map<string, PolicyNode>();
  const add = (policy: string, parents: readonly PolicyNode[]): void => {
    level.set(policy, { policy, parents, expected: [policy] });
  };
  for (const policy of policies) {
    if (policy === anyPolicy) continue;
    const parents = expecting.get(policy) ?? (above === undefined ? [] : [above]);
    if (parents.length > 0) add(policy, parents);
  }
  if (!allowsAny || !policies.includes(anyPolicy)) return level;
  for (const [policy, parents] of expecting) if (!level.has(policy)) add(policy, parents);
  return level;
}

function byExpectedPolicy(graph: PolicyGraph): ReadonlyMap<string, readonly PolicyNode[]> {
  const expecting = new Map<string, PolicyNode[]>();
  for (const node of graph.values()) {
    for (const policy of node.expected) {
      const nodes = expecting.get(policy);
      if (nodes === undefined) expecting.set(policy, [node]);
      else nodes.push(node);
    }
  }
  return expecting;
}

/**
 * The level after an authority's mappings (RFC 9618 5.3, 6.1.4 (b)).
 *
 * @param allowed - whether policies may be mapped; otherwise what is mapped is asserted no longer.
 */
export function mapPolicies(graph: PolicyGraph, mappings: readonly PolicyMapping[], allowed: boolean): PolicyGraph {
  const level = new Map(graph);
  const any = graph.get(anyPolicy);
  for (const [policy, expected] of subjectPolicies(mappings)) {
    if (!allowed) level.delete(policy);
    else {
      const node = graph.get(policy);
      const parents = node?.parents ?? any?.parents;
      if (parents !== undefined) level.set(policy, { policy, parents, expected });
    }
  }
  return level;
}

function subjectPolicies(mappings: readonly PolicyMapping[]): ReadonlyMap<string, readonly string[]> {
  const mapped = new Map<string, Set<string>>();
  for (const { issuerDomainPolicy, subjectDomainPolicy } of mappings) {
    mapped.set(issuerDomainPolicy, (mapped.get(issuerDomainPolicy) ?? new Set()).add(subjectDomainPolicy));
  }
  return new Map([...mapped].map(([policy, expected]) => [policy, [...expected]]));
}

/**
 * Whether the path is valid under one of the wanted policies (RFC 9618 5.4, 6.1.5 (g)).
 *
 * @param wanted - in the names of the anchor's side; `null` for any policy.
 */
export function meetsPolicies(graph: PolicyGraph, wanted: ReadonlySet<string> | null): boolean {
  if (wanted === null) return graph.size > 0;
  if (graph.has(anyPolicy)) return wanted.size > 0;
  return [...assertedAtTop(graph)].some((policy) => wanted.has(policy));
}

/** Policies of the nodes below anyPolicy that lead to the last level: what the path means where it begins. */
function assertedAtTop(graph: PolicyGraph): ReadonlySet<string> {
  const asserted = new Set<string>();
  const seen = new Set<PolicyNode>();
  const open = [...graph.values()];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    if (node.policy !== anyPolicy && node.parents.some(({ policy }) => policy === anyPolicy)) asserted.add(node.policy);
    open.push(...node.parents);
  }
  return asserted;
}
