import type { SubjectPublicKeyInfo } from "./certificate.ts";
import { type Curve, parsePublicKey, type PublicKey, type RsaPublicKey } from "./public-key.ts";
import { hasRocaFingerprint } from "./roca.ts";
import { accept, refuse, type Refused, type Verdict } from "../errors.ts";

/** Which keys are strong enough. Signatures by RSA or ECDSA below SHA-256 are refused everywhere (`signature.ts`). */
export interface AlgorithmPolicy {
  /** Least RSA modulus in bits; `null` when RSA is refused. */
  readonly minimumRsaBits: number | null;
  readonly curves: readonly Curve[];
  readonly ed25519: boolean;
  /** Least length of p in bits; when left out, DSA is refused: keys and signatures. */
  readonly minimumDsaBits?: number;
}

/** What any certificate of a path may use. */
export const generalAlgorithms: AlgorithmPolicy = { minimumRsaBits: 2048, curves: ["P-256", "P-384", "P-521"], ed25519: true };

/** What an auditor may find in the paths of a time when DSA with SHA-1 was the rule (RFC 3279 2.2.2). */
export const auditedAlgorithms: AlgorithmPolicy = { ...generalAlgorithms, minimumDsaBits: 1024 };

const minimumExponent = 65537n;

/** The key, when it is strong enough; else `weak_key`, `unsupported_algorithm` or what {@link parsePublicKey} says. */
export function judgeKey(info: SubjectPublicKeyInfo, policy: AlgorithmPolicy): Verdict<PublicKey> {
  const parsed = parsePublicKey(info);
  if (!parsed.valid) return parsed;
  const key = parsed.value;
  return weakness(key, policy) ?? accept(key);
}

function weakness(key: PublicKey, policy: AlgorithmPolicy): Refused | null {
  switch (key.kind) {
    case "rsa":
      return policy.minimumRsaBits === null ? refuse("unsupported_algorithm", "RSA") : rsaWeakness(key, policy.minimumRsaBits);
    case "ec":
      return policy.curves.includes(key.curve) ? null : refuse("unsupported_algorithm", key.curve);
    case "ed25519":
      return policy.ed25519 ? null : refuse("unsupported_algorithm", "Ed25519");
    case "dsa":
      if (policy.minimumDsaBits === undefined) return refuse("unsupported_algorithm", "DSA");
      return key.modulusBits >= policy.minimumDsaBits ? null : refuse("weak_key", `DSA of ${key.modulusBits} bits`);
  }
}

function rsaWeakness({ modulus, modulusBits, exponent }: RsaPublicKey, minimumRsaBits: number): Refused | null {
  if (modulusBits < minimumRsaBits) return refuse("weak_key", `RSA of ${modulusBits} bits`);
  if (((modulus.at(-1) ?? 0) & 1) === 0) return refuse("weak_key", "RSA modulus even");
  if (exponent < minimumExponent || exponent % 2n === 0n) return refuse("weak_key", "RSA exponent");
  return hasRocaFingerprint(modulus) ? refuse("weak_key", "ROCA fingerprint (CVE-2017-15361)") : null;
}
