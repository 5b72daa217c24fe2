import type { StatusSubject } from "./certificate-status.ts";
import { equalBytes, toBase64 } from "../bytes.ts";
import { accept, refuse, type Verdict } from "../errors.ts";
import type { Certificate } from "../pki/certificate.ts";
import { parseCrl } from "../pki/crl.ts";
import { comparablePointNames } from "../pki/crl-distribution-point.ts";
import { crlCovers } from "../pki/crl-scope.ts";
import { lookUp, refusalOfCrlTime, type VerifiedCrl, verifyCrl } from "../pki/crl-verification.ts";

/** The verified CRLs in memory: the newest of each issuer and distribution point. */
export interface CrlShelf {
  /** Puts a CRL on the shelf if it is genuine, current and not older than the one it would replace. */
  admit(der: Uint8Array, issuer: Certificate, now: number): Verdict<VerifiedCrl>;
  /** The current CRL that speaks for the certificate. */
  find(subject: StatusSubject, now: number): Verdict<VerifiedCrl>;
  /** Whether any CRL of the issuer, however old, lists the serial number: a revocation does not age. */
  lists(issuer: Certificate, serialNumber: Uint8Array): boolean;
  all(): readonly VerifiedCrl[];
  /** How many final revocations were on a CRL and not on its successor. Each is a matter for the operator. */
  readonly vanished: number;
}

export function createCrlShelf(maximumBytes: number): CrlShelf {
  const byIssuer = new Map<string, Map<string, VerifiedCrl>>();
  let vanished = 0;
  const of = (issuer: Certificate) => [...(byIssuer.get(issuerKey(issuer))?.values() ?? [])];

  return {
    admit(der, issuer, now) {
      const parsed = parseCrl(der, maximumBytes);
      if (!parsed.valid) return parsed;
      const verdict = verifyCrl({ crl: parsed.value, issuer, time: now });
      if (!verdict.valid) return verdict;
      const crl = verdict.value;
      const shelf = byIssuer.get(issuerKey(issuer)) ?? new Map<string, VerifiedCrl>();
      const scope = scopeKey(crl);
      const held = shelf.get(scope);
      const succession = held === undefined ? accept(true) : succeeds(held, crl);
      if (!succession.valid) return succession;
      if (held !== undefined) vanished += held.entries.revoked.finalOnesMissingIn(crl.entries.revoked);
      byIssuer.set(issuerKey(issuer), shelf.set(scope, crl));
      return verdict;
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
    get vanished() {
      return vanished;
    },
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
