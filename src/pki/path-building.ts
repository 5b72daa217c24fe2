import type { Certificate } from "./certificate.ts";
import type { AuthorityKeyIdentifier } from "./extensions.ts";
import { inheritParameters, inheritsParameters } from "./inherited-parameters.ts";
import { type Name, sameName } from "./name.ts";
import { publicKeyOid } from "./oid.ts";
import { verifySignature } from "./signature.ts";
import { equalBytes } from "../bytes.ts";
import { accept, refuse, type Refused, type Verdict } from "../errors.ts";

/** Finds a way from a certificate to a pinned anchor: depth first, nothing twice, every step counted. */

/** Leaf first, anchor last. */
export type Path = readonly Certificate[];

/** Certificates between leaf and anchor. */
const maximumIntermediatesInPath = 8;
const maximumSignatureChecks = 100;
const maximumIssuers = 32;
const maximumSteps = 1000;

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
      const refusal = signatures.refusalOfPostponed(chain, complete) ?? judge(complete);
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

  function note(rank: number, refusal: Refused): void {
    if (rank > closest.rank) closest = { rank, refusal };
  }

  function isExhausted(): boolean {
    return stepsLeft <= 0 || signatures.isExhausted();
  }
}

/**
 * Checks each pair of subject and issuer once, and so many pairs and issuers in all. A key that inherits
 * its parameters gets them from a complete path alone: its checks are postponed until there is one.
 */
function signatureChecker(acceptDsa: boolean) {
  const verdicts = new Map<Certificate, Map<Certificate, Verdict<true>>>();
  let checksLeft = maximumSignatureChecks;
  function checkNow(subject: Certificate, issuer: Certificate): Verdict<true> {
    checksLeft -= costOf(issuer);
    return checksLeft < 0 ? refuse("path_too_complex", "too many signatures") : isIssuedBy(subject, issuer, acceptDsa);
  }
  return {
    isExhausted: (): boolean => checksLeft < 0 || verdicts.size > maximumIssuers,
    check(subject: Certificate, issuer: Certificate): Verdict<true> {
      if (acceptDsa && inheritsParameters(issuer.publicKey)) return accept(true);
      const byIssuer = verdicts.get(issuer) ?? new Map<Certificate, Verdict<true>>();
      verdicts.set(issuer, byIssuer);
      const known = byIssuer.get(subject);
      if (known !== undefined) return known;
      const verdict = checkNow(subject, issuer);
      byIssuer.set(subject, verdict);
      return verdict;
    },
    /** What speaks against the signatures by keys that had no parameters of their own in the `chain`. */
    refusalOfPostponed(chain: Path, complete: Path): Refused | null {
      for (const [index, subject] of complete.entries()) {
        const [original, issuer] = [chain[index + 1], complete[index + 1]];
        if (original === undefined || issuer === undefined || !inheritsParameters(original.publicKey)) continue;
        const verdict = checkNow(subject, issuer);
        if (!verdict.valid) return verdict;
      }
      return null;
    },
  };
}

/**
 * What a check by this key takes of the budget: with the largest keys a hundred checks would take a tenth
 * of a second. Octets of the key: 97 and 133 for P-384 and P-521, about 520 for RSA of 4096 bits.
 */
function costOf({ publicKey: { algorithm, keyBits } }: Certificate): number {
  if (algorithm === publicKeyOid.ecPublicKey) return keyBits.length > 97 ? 3 : keyBits.length > 65 ? 2 : 1;
  return keyBits.length > 600 ? 3 : 1;
}

/** Whether the certificate's signature is by the issuer's key (RFC 5280 6.1.3 (a)(1)). */
export function isIssuedBy(subject: Certificate, issuer: Certificate, acceptDsa = false): Verdict<true> {
  const { signatureAlgorithm, tbs, signature } = subject;
  return verifySignature({ algorithm: signatureAlgorithm, publicKey: issuer.publicKey, data: tbs, signature, acceptDsa });
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
