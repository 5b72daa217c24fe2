import type { Certificate } from "./certificate.ts";
import type { AuthorityKeyIdentifier } from "./extensions.ts";
import { inheritParameters } from "./inherited-parameters.ts";
import { type Name, sameName } from "./name.ts";
import { signatureChecker } from "./signature-checker.ts";
import { equalBytes } from "../bytes.ts";
import { accept, refuse, type Refused, type Verdict } from "../errors.ts";

/** Finds a way from a certificate to a pinned anchor: depth first, nothing twice, every step counted. */

/** Leaf first, anchor last. */
export type Path = readonly Certificate[];

/** Certificates between leaf and anchor. */
const maximumIntermediatesInPath = 8;
const maximumSteps = 1000;
/** Complete paths that are judged, and octets of their certificates, one in several paths counted in each. */
const maximumJudgedPaths = 32;
const maximumJudgedOctets = 256 * 1024;

/** How much a refusal says: the one that came closest to an accepted path is reported. */
const closeness = { noIssuer: 0, malformedHelper: 1, wrongSignature: 2, tooDeep: 3, invalidPath: 4 } as const;

export interface PathSearch {
  readonly certificate: Certificate;
  readonly intermediates: readonly Certificate[];
  readonly trustAnchors: readonly Certificate[];
  /** Refusal of a certificate that was sent along and could not be read: reported when no path is found. */
  readonly unreadable: Refused | null;
  /** Whether signatures by DSA count. */
  readonly acceptDsa: boolean;
  /** Judges a complete path whose signatures all hold: `null` accepts it. */
  readonly judge: (path: Path) => Refused | null;
}

/**
 * The first path that `judge` accepts.
 *
 * Refuses with what `judge` said of the first complete path; else `path_too_complex`, the code of the
 * signature that did not hold, or `untrusted_issuer`.
 */
export function findPath(search: PathSearch): Verdict<Path> {
  const { judge, trustAnchors, intermediates } = search;
  const signatures = signatureChecker(search.acceptDsa);
  let stepsLeft = maximumSteps;
  let pathsLeft = maximumJudgedPaths;
  let octetsLeft = maximumJudgedOctets;
  let closest = { rank: 0, refusal: refuse("untrusted_issuer", "no issuer is pinned") };
  if (search.unreadable !== null) closest = { rank: closeness.malformedHelper, refusal: search.unreadable };

  const found = extend([search.certificate]);
  if (found !== null) return accept(found);
  return isExhausted() ? refuse("path_too_complex", "search budget spent") : closest.refusal;

  function extend(path: Path): Path | null {
    const subject = path.at(-1);
    if (subject === undefined) return null;
    for (const anchor of trustAnchors) {
      if (!step(path, subject, anchor)) continue;
      const chain = [...path, anchor];
      const complete = inheritParameters(chain);
      const refusal = signatures.refusalOfPostponed(chain, complete) ?? judgeWithinBudget(complete);
      if (refusal === null) return complete;
      note(closeness.invalidPath, refusal);
    }
    for (const issuer of intermediates) {
      if (!step(path, subject, issuer)) continue;
      if (path.length > maximumIntermediatesInPath) {
        note(closeness.tooDeep, refuse("path_too_complex", "path too deep"));
        continue;
      }
      const complete = extend([...path, issuer]);
      if (complete !== null) return complete;
    }
    return null;
  }

  /** Whether `issuer` issued `subject` and the path may go through it. */
  function step(path: Path, subject: Certificate, issuer: Certificate): boolean {
    if (isExhausted() || !mayHaveIssued(issuer, subject) || path.some((visited) => isSameEntity(visited, issuer))) return false;
    stepsLeft -= 1;
    const signature = signatures.check(subject, issuer);
    if (!signature.valid) note(closeness.wrongSignature, signature);
    return signature.valid;
  }

  function judgeWithinBudget(path: Path): Refused | null {
    pathsLeft -= 1;
    octetsLeft -= path.reduce((octets, { der }) => octets + der.length, 0);
    return pathsLeft < 0 || octetsLeft < 0 ? refuse("path_too_complex", "too many paths") : judge(path);
  }

  function note(rank: number, refusal: Refused): void {
    if (rank > closest.rank) closest = { rank, refusal };
  }

  function isExhausted(): boolean {
    return stepsLeft <= 0 || pathsLeft < 0 || octetsLeft < 0 || signatures.isExhausted();
  }
}

/** By names and key identifiers (RFC 5280 6.1.3 (a)(4), 4.2.1.1): what contradicts is not tried. */
export function mayHaveIssued(issuer: Certificate, subject: Certificate): boolean {
  if (!sameName(issuer.subject, subject.issuer)) return false;
  const identifier = subject.extensions.authorityKeyIdentifier;
  return identifier === undefined || isIdentifiedBy(issuer, identifier);
}

function isIdentifiedBy(issuer: Certificate, identifier: AuthorityKeyIdentifier): boolean {
  const { keyIdentifier, authorityCertIssuer, authorityCertSerialNumber } = identifier;
  const own = issuer.extensions.subjectKeyIdentifier;
  if (keyIdentifier !== null && own !== undefined && !equalBytes(keyIdentifier, own)) return false;
  if (authorityCertIssuer === null || authorityCertSerialNumber === null) return true;
  if (!equalBytes(authorityCertSerialNumber, issuer.serialNumber)) return false;
  return authorityCertIssuer.some((name) => name.kind === "directoryName" && sameName(name.name, issuer.issuer));
}

/** The same authority or holder: RFC 4158 2.4.2 takes name and key, so that cross-certificates make no loop. */
function isSameEntity(a: Certificate, b: Certificate): boolean {
  return equalBytes(a.publicKey.spki, b.publicKey.spki) && sameName(a.subject, b.subject);
}

/** Self-issued (RFC 5280 6.1): the same name as subject and issuer. */
export function isSelfIssued({ subject, issuer }: { readonly subject: Name; readonly issuer: Name }): boolean {
  return sameName(subject, issuer);
}
