import { type AlgorithmPolicy, generalAlgorithms } from "./algorithm-policy.ts";
import type { Certificate } from "./certificate.ts";
import { type CertificateRevocationList, parseCrl } from "./crl.ts";
import { isDeltaOf, lookUpCombined } from "./crl-delta.ts";
import { allReasons, pointOfIssuer, reasonsOfPoint } from "./crl-point.ts";
import { type Revocation, statusOfRevocation } from "./crl-reason.ts";
import { type CrlSigners, createCrlSigners, keyOf } from "./crl-signer.ts";
import { refusalOfCrlDates, refusalOfCrlTime } from "./crl-verification.ts";
import type { ReasonFlag } from "./distribution-point.ts";
import { accept, refuse, type Refused, type Verdict } from "../errors.ts";

export interface RevocationQuestion {
  /** Leaf first, anchor last; its signatures and constraints already hold. */
  readonly path: readonly Certificate[];
  /** DER of CRLs, in any order; what does not concern the path is left aside. */
  readonly crls: readonly Uint8Array[];
  /** Seconds since the epoch. */
  readonly time: number;
  /** Further certificates that may have signed CRLs, or lead to one that did. */
  readonly candidates?: readonly Certificate[];
  /** What CRLs, their signers and those above them may be signed by. Default: {@link generalAlgorithms}. */
  readonly algorithms?: AlgorithmPolicy;
}

/** How much a refusal tells: the most telling one is reported. */
const closeness = { missing: 0, unreadable: 1, scope: 2, signer: 3, time: 4, unusable: 5, budget: 6 } as const;

/**
 * Whether CRLs show that no certificate of a path is revoked (RFC 5280 6.3): every one but the anchor, for
 * every reason, by current CRLs of signers whose own paths end at the same anchor and are not revoked.
 *
 * Refuses with `certificate_revoked`, `certificate_on_hold`, or, where it cannot be shown, with
 * `crl_missing`, `crl_scope_mismatch`, `crl_not_fresh`, `unknown_critical_extension`, `malformed_crl` or
 * what speaks against the CRL's signer. Never throws.
 */
export function checkRevocation({ path, crls, time, candidates = [], algorithms = generalAlgorithms }: RevocationQuestion): Verdict<true> {
  if (path.length === 0) return refuse("untrusted_issuer", "no path");
  const lists = readLists(crls, algorithms.minimumDsaBits !== undefined);
  const signers = createCrlSigners({ path, candidates, time, algorithms });
  const run = { ...lists, signers, time, judged: new Map<string, Refused | null>() };
  for (const [index, certificate] of [...path.entries()].toReversed()) {
    if (index === path.length - 1) continue;
    const refusal = refusalOf(certificate, [], run);
    if (refusal !== null) return { ...refusal, certificate: index };
  }
  return accept(true);
}

interface Lists {
  /** Newest first: of two current CRLs of one scope the newer one speaks. */
  readonly complete: readonly CertificateRevocationList[];
  readonly deltas: readonly CertificateRevocationList[];
  readonly unreadable: Refused | null;
}

interface Run extends Lists {
  readonly signers: CrlSigners;
  readonly time: number;
  /** By certificate, so that each is judged once. */
  readonly judged: Map<string, Refused | null>;
}

function readLists(crls: readonly Uint8Array[], acceptDsa: boolean): Lists {
  const parsed = crls.map((der) => parseCrl(der, undefined, { anySerialNumber: true, acceptDsa }));
  const lists = parsed.flatMap((verdict) => (verdict.valid ? [verdict.value] : [])).sort((a, b) => b.thisUpdate - a.thisUpdate);
  return {
    complete: lists.filter(({ baseNumber }) => baseNumber === null),
    deltas: lists.filter(({ baseNumber }) => baseNumber !== null),
    unreadable: parsed.find((verdict) => !verdict.valid) ?? null,
  };
}

/**
 * Why one certificate does not count as good.
 *
 * @param pending - the certificates whose status waits for this one's.
 */
function refusalOf(certificate: Certificate, pending: readonly string[], run: Run): Refused | null {
  const key = keyOf(certificate);
  // A CRL's signer may be listed on the very CRL that it signs: then that CRL decides.
  if (pending.includes(key)) return null;
  const known = run.judged.get(key);
  if (known !== undefined) return known;
  const refusal = judge(certificate, [...pending, key], run);
  run.judged.set(key, refusal);
  return refusal;
}

function judge(certificate: Certificate, pending: readonly string[], run: Run): Refused | null {
  const covered = new Set<ReasonFlag>();
  let closest: { rank: number; refusal: Refused } = { rank: closeness.missing, refusal: refuse("crl_missing", "no CRL of the issuer") };
  const note = (rank: number, refusal: Refused) => {
    if (rank > closest.rank) closest = { rank, refusal };
  };
  if (run.unreadable !== null) note(closeness.unreadable, run.unreadable);
  const points = [...(certificate.extensions.cRLDistributionPoints ?? []), pointOfIssuer(certificate.issuer)];
  for (const point of points) {
    for (const crl of run.complete) {
      const reasons = reasonsOfPoint({ certificate, point, crl });
      if (!reasons.valid && reasons.code === "crl_scope_mismatch") note(closeness.scope, reasons);
      if (!reasons.valid || [...reasons.value].every((reason) => covered.has(reason))) continue;
      const delta = run.deltas.find((candidate) => isUsableDelta(candidate, crl, pending, run)) ?? null;
      // RFC 5280 5.2.4: a current delta and the complete CRL that it starts from are a current CRL together.
      const unusable = refusalOfUse(crl, delta === null ? refusalOfCrlTime : refusalOfCrlDates, pending, run);
      if (unusable !== null) {
        note(unusable.rank, unusable.refusal);
        continue;
      }
      const revocation = lookUpCombined(crl, delta, certificate.serialNumber, certificate.issuer);
      if (revocation !== null) return refusalOfRevocation(revocation);
      for (const reason of reasons.value) covered.add(reason);
    }
  }
  if (covered.size === allReasons.size) return null;
  return covered.size > 0 ? refuse("crl_scope_mismatch", "CRLs for some reasons only") : closest.refusal;
}

function isUsableDelta(delta: CertificateRevocationList, complete: CertificateRevocationList, pending: readonly string[], run: Run): boolean {
  return isDeltaOf(delta, complete) && refusalOfUse(delta, refusalOfCrlTime, pending, run) === null && run.signers.haveOneKey(delta, complete);
}

function refusalOfRevocation(revocation: Revocation): Refused {
  const code = statusOfRevocation(revocation) === "hold" ? "certificate_on_hold" : "certificate_revoked";
  return refuse(code, revocation.reason ?? "no reason given");
}

/** Why a CRL may not be relied on: what it is, its time, its signer. */
function refusalOfUse(crl: CertificateRevocationList, refusalOfTime: typeof refusalOfCrlTime, pending: readonly string[], run: Run): { rank: number; refusal: Refused } | null {
  const [critical] = [...crl.unknownCritical, ...crl.entries.unknownCritical];
  if (critical !== undefined) return { rank: closeness.unusable, refusal: refuse("unknown_critical_extension", critical) };
  if (crl.entries.hasCertificateIssuer && crl.issuingDistributionPoint?.indirect !== true) {
    return { rank: closeness.unusable, refusal: refuse("crl_scope_mismatch", "certificateIssuer in a CRL that is not indirect") };
  }
  // RFC 5280 5.2.3: without it nobody can tell which of two CRLs is the newer one.
  if (crl.number === null) return { rank: closeness.unusable, refusal: refuse("malformed_crl", "cRLNumber missing (RFC 5280 5.2.3)") };
  // A list that contradicts or repeats itself was not made by a sound authority: nobody is good by it.
  if (crl.entries.hasDuplicates) return { rank: closeness.unusable, refusal: refuse("malformed_crl", "a serial number twice") };
  const stale = refusalOfTime(crl, run.time);
  if (stale !== null) return { rank: closeness.time, refusal: stale };
  const signer = refusalOfSigner(crl, pending, run);
  if (signer === null) return null;
  return { rank: signer.code === "path_too_complex" ? closeness.budget : closeness.signer, refusal: signer };
}

function refusalOfSigner(crl: CertificateRevocationList, pending: readonly string[], run: Run): Refused | null {
  const paths = run.signers.pathsOf(crl);
  if (!paths.valid) return paths;
  let refusal: Refused = refuse("untrusted_issuer", "CRL signer below the certificate in question");
  for (const path of paths.value) {
    // Whoever is to be judged does not vouch for its judge: else a revoked authority could name its own.
    if (path.slice(1).some((authority) => pending.includes(keyOf(authority)))) continue;
    const refused = path.slice(0, -1).map((member) => refusalOf(member, pending, run)).find((found) => found !== null) ?? null;
    if (refused === null) return null;
    refusal = refused;
  }
  return refusal;
}
