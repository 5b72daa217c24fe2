import type { Certificate } from "./certificate.ts";
import type { GeneralName } from "./general-name.ts";
import { hostOfUri, isWildcard, readMailbox } from "./host-name.ts";
import { isWithinName } from "./name.ts";
import type { GeneralSubtree, NameConstraints } from "./name-constraints.ts";
import { attributeOid } from "./oid.ts";
import { refuse, type Refused } from "../errors.ts";

/** Comparisons that one search for a path may still make: names times subtrees grow fast (RFC 5280 8). */
export interface ComparisonBudget {
  left: number;
}

/**
 * Whether every name of a certificate is where the authorities above it allow (RFC 5280 6.1.3 (b), (c)):
 * within a permitted subtree of each of them that permits any of that form, and in no excluded one.
 *
 * @param above - one entry an authority, so that what they permit intersects.
 * @returns the refusal, `name_constraint_violated` or `path_too_complex`; `null` when all hold.
 */
export function nameConstraintRefusal(certificate: Certificate, above: readonly NameConstraints[], budget: ComparisonBudget): Refused | null {
  if (above.length === 0) return null;
  const names = namesOf(certificate);
  for (const { permitted, excluded } of above) {
    for (const name of names) {
      const refusal = refusalOfName(name, subtreesOf(permitted, name), subtreesOf(excluded, name), budget);
      if (refusal !== null) return refusal;
    }
    budget.left -= permitted.length + excluded.length;
  }
  return null;
}

/** The subject, what subjectAltName holds, and mailboxes that stand in the subject (RFC 5280 4.2.1.10). */
function namesOf({ subject, extensions }: Certificate): readonly GeneralName[] {
  const directoryNames: readonly GeneralName[] = subject.relativeNames.length > 0 ? [{ kind: "directoryName", name: subject }] : [];
  // Also beside a subjectAltName: other software would take the mailbox for one of the subject's.
  const mailboxes = subject.relativeNames
    .flat()
    .filter(({ type }) => type === attributeOid.emailAddress)
    .map(({ text }): GeneralName => ({ kind: "rfc822Name", text: text ?? "" }));
  return [...directoryNames, ...(extensions.subjectAltName ?? []), ...mailboxes];
}

/** The subtrees of each form, sorted once an extension. */
const byForm = new WeakMap<readonly GeneralSubtree[], ReadonlyMap<string, readonly GeneralSubtree[]>>();

function subtreesOf(subtrees: readonly GeneralSubtree[], { kind }: GeneralName): readonly GeneralSubtree[] {
  const sorted = byForm.get(subtrees) ?? Map.groupBy(subtrees, ({ base }) => base.kind);
  byForm.set(subtrees, sorted);
  return sorted.get(kind) ?? [];
}

function refusalOfName(name: GeneralName, permitted: readonly GeneralSubtree[], excluded: readonly GeneralSubtree[], budget: ComparisonBudget): Refused | null {
  const constrained = permitted.length + excluded.length;
  budget.left -= 1 + constrained;
  if (budget.left < 0) return refuse("path_too_complex", "too many names and name constraints");
  if (constrained === 0) return null;
  // RFC 5280 4.2.1.10: process them or reject the certificate.
  if (![...permitted, ...excluded].every(({ isWhole }) => isWhole)) return violated(name, "minimum or maximum");
  const form = formOf(name);
  if (form === null) return violated(name, "form not processed");
  if (excluded.some(({ base }) => form(base, "excluded"))) return violated(name, "excluded");
  return permitted.length === 0 || permitted.some(({ base }) => form(base, "permitted")) ? null : violated(name, "not permitted");
}

const violated = ({ kind }: GeneralName, how: string): Refused => refuse("name_constraint_violated", `${kind} ${how} (RFC 5280 4.2.1.10)`);

/** Whether the name lies within a base; of a name that stands for many, for `excluded` whether any does, for `permitted` whether all do. */
type Form = (base: GeneralName, list: "permitted" | "excluded") => boolean;

/** `null` for a form that is not processed, or a name in which the part that is compared cannot be found. */
function formOf(name: GeneralName): Form | null {
  switch (name.kind) {
    case "directoryName":
      return (base) => base.kind === "directoryName" && isWithinName(name.name, base.name);
    case "dNSName": {
      const host = name.text.toLowerCase();
      return (base, list) => base.kind === "dNSName" && (isWithinDomain(host, base.text.toLowerCase()) || (list === "excluded" && mayBe(host, base.text.toLowerCase())));
    }
    case "rfc822Name": {
      const mailbox = readMailbox(name.text);
      if (mailbox === null) return null;
      return (base) => base.kind === "rfc822Name" && (base.text.includes("@") ? isSameMailbox(base.text, name.text) : isOfHost(mailbox.host, base.text));
    }
    case "uniformResourceIdentifier": {
      const host = hostOfUri(name.text);
      return host === null ? null : (base) => base.kind === "uniformResourceIdentifier" && isOfHost(host, base.text);
    }
    case "iPAddress":
      return (base) => base.kind === "iPAddress" && isWithinNetwork(name.address, base.address);
    default:
      return null;
  }
}

/** A base of DNS takes any labels to its left; the empty one is every name. */
function isWithinDomain(host: string, base: string): boolean {
  return base === "" || host === base || host.endsWith(`.${base}`);
}

/** Whether a wildcard stands for the base among others: `*.example.com` for `a.example.com`. */
function mayBe(host: string, base: string): boolean {
  return isWildcard(host) && base.slice(base.indexOf(".") + 1) === host.slice(2);
}

function isSameMailbox(a: string, b: string): boolean {
  const [first, second] = [readMailbox(a), readMailbox(b)];
  return first !== null && second !== null && first.local === second.local && first.host === second.host;
}

/** A base for mailboxes and URIs: this host, or with a period before it the hosts below, not itself. */
function isOfHost(host: string, base: string): boolean {
  return base.startsWith(".") ? host.endsWith(base.toLowerCase()) : host === base.toLowerCase();
}

/** A base for addresses: address and mask, each as long as the address. */
function isWithinNetwork(address: Uint8Array, base: Uint8Array): boolean {
  const length = address.length;
  if (base.length !== 2 * length) return false;
  return address.every((octet, index) => ((octet ^ (base[index] ?? 0)) & (base[length + index] ?? 0)) === 0);
}
