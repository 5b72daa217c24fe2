import type { AlgorithmPolicy } from "./algorithm-policy.ts";
import type { Certificate } from "./certificate.ts";
import type { CertificateRevocationList } from "./crl.ts";
import { sameName } from "./name.ts";
import { validatePath } from "./path.ts";
import { equalBytes, toBase64 } from "../bytes.ts";
import { accept, refuse, type Refused, type Verdict } from "../errors.ts";

/** Who signed a CRL, and by which path that one is trusted (RFC 5280 6.3.3 (f), (g)). */

export interface CrlSigners {
  /** The signer's own path, itself first, anchor last, for every certificate that signed the CRL and may. */
  pathsOf(crl: CertificateRevocationList): Verdict<readonly (readonly Certificate[])[]>;
  /** Whether both are signed, by one and the same key, and its certificates may sign them (RFC 5280 6.3.3 (h)). */
  haveOneKey(a: CertificateRevocationList, b: CertificateRevocationList): boolean;
}

export interface CrlSignersInput {
  /** Leaf first, anchor last; valid. */
  readonly path: readonly Certificate[];
  readonly candidates: readonly Certificate[];
  readonly time: number;
  /** What the certificates of signers, and of those above them, may use. */
  readonly algorithms: AlgorithmPolicy;
}

const maximumSignatureChecks = 200;
const maximumHelpers = 32;

export function createCrlSigners({ path, candidates, time, algorithms }: CrlSignersInput): CrlSigners {
  const known = new Map<CertificateRevocationList, Verdict<readonly (readonly Certificate[])[]>>();
  const others = candidates.filter((candidate) => !path.some((member) => keyOf(member) === keyOf(candidate)));
  const anchor = path.at(-1);
  let checksLeft = maximumSignatureChecks;

  function find(crl: CertificateRevocationList): Verdict<readonly (readonly Certificate[])[]> {
    let refusal: Refused = refuse("crl_missing", "no certificate of the CRL's signer");
    const paths: (readonly Certificate[])[] = [];
    for (const signer of [...path, ...others]) {
      if (!sameName(signer.subject, crl.issuer)) continue;
      const trusted = judge(signer, crl);
      if (trusted.valid) paths.push(trusted.value);
      else refusal = trusted;
    }
    return paths.length > 0 ? accept(paths) : refusal;
  }

  function judge(signer: Certificate, crl: CertificateRevocationList): Verdict<readonly Certificate[]> {
    if (signer.extensions.keyUsage?.has("cRLSign") === false) return refuse("key_usage_refused", "CRL signer without cRLSign");
    checksLeft -= 1;
    if (checksLeft < 0) return refuse("path_too_complex", "too many CRL signatures");
    const signed = crl.isSignedBy(signer.publicKey);
    if (!signed.valid) return signed;
    const place = path.indexOf(signer);
    return place >= 0 ? accept(path.slice(place)) : pathTo(signer);
  }

  /** RFC 5280 6.3.3 (f): to the same anchor as the certificate in question. */
  function pathTo(signer: Certificate): Verdict<readonly Certificate[]> {
    if (anchor === undefined) return refuse("untrusted_issuer", "no anchor");
    const helpers = possibleIssuers(signer, [...path.slice(0, -1), ...others]);
    const valid = validatePath({
      certificate: signer.der,
      intermediates: helpers.map(({ der }) => der),
      trustAnchors: [anchor.der],
      time,
      algorithms,
      requireKeyIdentifiers: false,
    });
    return valid.valid ? accept(valid.value.path) : valid;
  }

  function pathsOf(crl: CertificateRevocationList): Verdict<readonly (readonly Certificate[])[]> {
    const before = known.get(crl);
    if (before !== undefined) return before;
    const verdict = find(crl);
    known.set(crl, verdict);
    return verdict;
  }

  function keysOf(crl: CertificateRevocationList): readonly Uint8Array[] {
    const paths = pathsOf(crl);
    return paths.valid ? paths.value.flatMap(([signer]) => (signer === undefined ? [] : [signer.publicKey.spki])) : [];
  }

  return {
    pathsOf,
    haveOneKey: (a, b) => keysOf(a).some((key) => keysOf(b).some((other) => equalBytes(key, other))),
  };
}

/** Those whose names may lead from the certificate upwards: the others only cost time. */
function possibleIssuers(certificate: Certificate, among: readonly Certificate[]): readonly Certificate[] {
  const found = new Set<Certificate>();
  const wanted = [certificate.issuer];
  for (let name = wanted.shift(); name !== undefined && found.size < maximumHelpers; name = wanted.shift()) {
    const subject = name;
    for (const issuer of among) {
      if (found.has(issuer) || !sameName(issuer.subject, subject)) continue;
      found.add(issuer);
      wanted.push(issuer.issuer);
    }
  }
  return [...found];
}

/** One text for one certificate, however often it was read. */
export function keyOf(certificate: Certificate): string {
  return toBase64(certificate.der);
}
