import type { Certificate } from "./certificate.ts";
import { inheritsParameters } from "./inherited-parameters.ts";
import { publicKeyOid } from "./oid.ts";
import { verifySignature } from "./signature.ts";
import { accept, refuse, type Refused, type Verdict } from "../errors.ts";

const maximumSignatureChecks = 100;
const maximumIssuers = 32;

/**
 * Checks each pair of subject and issuer once, and so many pairs and issuers in all. A key that inherits
 * its parameters gets them from a complete path alone: its checks are postponed until there is one.
 */
export function signatureChecker(acceptDsa: boolean) {
  const verdicts = new Map<Certificate, Map<Certificate, Verdict<true>>>();
  let checksLeft = maximumSignatureChecks;
  let hasTooManyIssuers = false;
  function checkNow(subject: Certificate, issuer: Certificate): Verdict<true> {
    checksLeft -= costOf(issuer);
    return checksLeft < 0 ? refuse("path_too_complex", "too many signatures") : isIssuedBy(subject, issuer, acceptDsa);
  }
  return {
    isExhausted: (): boolean => checksLeft < 0 || hasTooManyIssuers,
    check(subject: Certificate, issuer: Certificate): Verdict<true> {
      if (acceptDsa && inheritsParameters(issuer.publicKey)) return accept(true);
      const known = verdicts.get(issuer)?.get(subject);
      if (known !== undefined) return known;
      const byIssuer = verdicts.get(issuer) ?? new Map<Certificate, Verdict<true>>();
      verdicts.set(issuer, byIssuer);
      hasTooManyIssuers = verdicts.size > maximumIssuers;
      if (hasTooManyIssuers) return refuse("path_too_complex", "too many issuers");
      const verdict = checkNow(subject, issuer);
      byIssuer.set(subject, verdict);
      return verdict;
    },
    /** What speaks against the signatures by keys that had no parameters of their own in the `chain`. */
    refusalOfPostponed(chain: readonly Certificate[], complete: readonly Certificate[]): Refused | null {
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
 * What a check by this key takes of the budget, so that all together take some 25 ms whatever the keys are:
 * P-256 0.05 ms, P-384 0.5, P-521 1.0; RSA with the longest exponent that is read 0.24 for 4096 bits and 0.9
 * for 8192; DSA 0.9 for the longest parameters, whose length the key does not tell. Octets of the key: 97 and
 * 133 for P-384 and P-521, at most 532 for RSA of 4096 bits.
 */
function costOf({ publicKey: { algorithm, keyBits } }: Certificate): number {
  if (algorithm === publicKeyOid.dsa) return 4;
  if (algorithm === publicKeyOid.ecPublicKey) return keyBits.length > 97 ? 5 : keyBits.length > 65 ? 2 : 1;
  return keyBits.length > 532 ? 4 : 1;
}

/** Whether the certificate's signature is by the issuer's key (RFC 5280 6.1.3 (a)(1)). */
export function isIssuedBy(subject: Certificate, issuer: Certificate, acceptDsa = false): Verdict<true> {
  const { signatureAlgorithm, tbs, signature } = subject;
  return verifySignature({ algorithm: signatureAlgorithm, publicKey: issuer.publicKey, data: tbs, signature, acceptDsa });
}
