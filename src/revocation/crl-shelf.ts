import type { StatusSubject } from "./certificate-status.ts";
import { equalBytes, toBase64 } from "../bytes.ts";
import { accept, refuse, type Verdict } from "../errors.ts";
import type { Certificate } from "../pki/certificate.ts";
import type { CertificateRevocationList } from "../pki/crl.ts";
import { comparablePointNames } from "../pki/crl-distribution-point.ts";
import { crlCovers } from "../pki/crl-scope.ts";
import { lookUp, refusalOfCrlTime, type VerifiedCrl, verifyCrl } from "../pki/crl-verification.ts";

/** The verified CRLs in memory: the newest of each issuer and distribution point. */
export interface CrlShelf {
  /** Puts a CRL on the shelf if it is genuine, current and not older than the one it would replace. */
  admit(crl: CertificateRevocationList, issuer: Certificate, now: number): Verdict<Admission>;
  /** Puts a CRL back that was admitted before, unless a newer one stands in its place; gives the one that stands there. */
  restore(crl: VerifiedCrl, issuer: Certificate): VerifiedCrl;
  /** The current CRL that speaks for the certificate. */
  find(subject: StatusSubject, now: number): Verdict<VerifiedCrl>;
  /** Whether any CRL of the issuer, however old, lists the serial number: a revocation does not age. */
  lists(issuer: Certificate, serialNumber: Uint8Array): boolean;
  all(): readonly VerifiedCrl[];
}

export interface Admission {
  readonly crl: VerifiedCrl;
  /** The CRL that it takes the place of, `null` when it is the first of its scope. */
  readonly replaced: VerifiedCrl | null;
}

export function createCrlShelf(): CrlShelf {
  const byIssuer = new Map<string, Map<string, VerifiedCrl>>();
  const of = (issuer: Certificate) => [...(byIssuer.get(issuerKey(issuer))?.values() ?? [])];
  const held = (crl: VerifiedCrl, issuer: Certificate) => byIssuer.get(issuerKey(issuer))?.get(scopeKey(crl)) ?? null;
  const put = (crl: VerifiedCrl, issuer: Certificate) => {
    const shelf = byIssuer.get(issuerKey(issuer)) ?? new Map<string, VerifiedCrl>();
    byIssuer.set(issuerKey(issuer), shelf.set(scopeKey(crl), crl));
  };

  return {
    admit(candidate, issuer, now) {
      const verdict = verifyCrl({ crl: candidate, issuer, time: now });
      if (!verdict.valid) return verdict;
      const crl = verdict.value;
      const replaced = held(crl, issuer);
      const succession = replaced === null ? accept(true) : succeeds(replaced, crl);
      if (!succession.valid) return succession;
      put(crl, issuer);
      return accept({ crl, replaced });
    },
    restore(crl, issuer) {
      const standing = held(crl, issuer);
      if (standing !== null && !succeeds(standing, crl).valid) return standing;
      put(crl, issuer);
      return crl;
    },
    find({ certificate, issuer }, now) {
      const covering = of(issuer).filter((crl) => crlCovers({ crl, certificate }).valid);
      const current = covering.filter((crl) => refusalOfCrlTime(crl, now) === null);
      const [newest] = current.sort((a, b) => b.thisUpdate - a.thisUpdate);
      if (newest !== undefined) return accept(newest);
      return covering.length > 0 ? refuse("crl_not_fresh", "nextUpdate past") : refuse("crl_missing", "no CRL of the distribution point");
    },
    lists: (issuer, serialNumber) => of(issuer).some((crl) => lookUp(crl, serialNumber).status !== "good"),
    all: () => [...byIssuer.values()].flatMap((shelf) => [...shelf.values()]),
  };
}

/** Generations of an authority share a name; only the key tells them apart. */
export function issuerKey(issuer: Certificate): string {
  return toBase64(issuer.publicKey.spki);
}

function scopeKey({ issuer, issuingDistributionPoint: scope }: VerifiedCrl): string {
  const names = scope === null || scope.name === null ? [] : [...comparablePointNames(scope.name, issuer)].sort();
  return JSON.stringify([scope?.onlyContains ?? null, names]);
}

/** RFC 5280 5.2.3: numbers grow with time; the same number is the same CRL. */
function succeeds(held: VerifiedCrl, next: VerifiedCrl): Verdict<true> {
  const regressed = (rule: string) => refuse("crl_number_regressed", rule);
  if (equalBytes(held.digest, next.digest)) return accept(true);
  if (held.number === null) return next.thisUpdate >= held.thisUpdate ? accept(true) : regressed("thisUpdate goes back");
  if (next.number === null) return regressed("CRL number missing");
  return next.number > held.number ? accept(true) : regressed("CRL number does not grow");
}
