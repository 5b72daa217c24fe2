import { sha256 } from "./digest.ts";
import type { SubjectPublicKeyInfo } from "./certificate.ts";
import type { CrlReading } from "./crl-entry-scan.ts";
import { CrlScan, maximumCrlLength, type ScannedCrl } from "./crl-scan.ts";
import { streamedSignature } from "./crl-signature.ts";
import { verifySignature } from "./signature.ts";
import { accept, type Refused, type Verdict } from "../errors.ts";

/** What a CRL (RFC 5280 5.1) says, whoever said it. */
export interface CrlContents extends Omit<ScannedCrl, "signatureAlgorithm" | "signature" | "layout"> {
  /** SHA-256 of tbsCertList: the same CRL has the same. */
  readonly digest: Uint8Array;
}

export interface CertificateRevocationList extends CrlContents {
  /** Whether the CRL is signed by this key: the codes of `verifySignature`. */
  readonly isSignedBy: (publicKey: SubjectPublicKeyInfo) => Verdict<true>;
}

export { maximumCrlLength };

export interface CrlParsing extends CrlReading {
  /** Whether a signature by DSA counts. Default: `false`. */
  readonly acceptDsa?: boolean;
}

/**
 * Reads a CertificateList: strict DER, nothing after it. Says nothing about trust.
 *
 * Refuses with `crl_too_large` above `maximumLength` octets, else `malformed_crl`.
 */
export function parseCrl(der: Uint8Array, maximumLength: number = maximumCrlLength, { acceptDsa = false, ...reading }: CrlParsing = {}): Verdict<CertificateRevocationList> {
  const scan = new CrlScan({ maximumLength, ...reading });
  scan.push(der);
  const scanned = scan.end();
  if (!scanned.valid) return scanned;
  const { signatureAlgorithm: algorithm, signature, layout, ...contents } = scanned.value;
  const data = der.subarray(layout.tbsStart, layout.tbsEnd);
  return accept({
    ...contents,
    digest: sha256(data),
    isSignedBy: (publicKey) => verifySignature({ algorithm, publicKey, data, signature, acceptDsa }),
  });
}

/** A CRL that arrives part by part and is never held as a whole. */
export interface CrlStream {
  /** Takes the next octets; a refusal is final. */
  push(chunk: Uint8Array): Refused | null;
  /**
   * The CRL, when all octets have been pushed. Its signature can be checked against one key only.
   */
  end(): Verdict<CertificateRevocationList>;
}

/**
 * As {@link parseCrl}, in memory that grows with the number of entries alone. Signed by Ed25519, what is
 * signed is kept until it is checked: above 16 MiB it is `crl_too_large`.
 */
export function streamCrl(maximumLength: number = maximumCrlLength): CrlStream {
  const signed = streamedSignature();
  const scan = new CrlScan({ maximumLength, onAlgorithm: signed.begin });
  return {
    push: (chunk) => scan.push(chunk),
    end() {
      const scanned = scan.end();
      if (!scanned.valid) return scanned;
      const { signatureAlgorithm: _, signature, layout: _layout, ...contents } = scanned.value;
      const { digest, isSignedBy } = signed.finish(signature);
      return accept({ ...contents, digest, isSignedBy });
    },
  };
}
