import { bigEndian } from "./public-key.ts";

/**
 * The fingerprint of RSA keys made by the faulty generator of CVE-2017-15361 (ROCA): its primes are
 * powers of 65537 modulo the product of the first primes, and so is the modulus.
 * Source: Nemec et al., "The Return of Coppersmith's Attack", CCS 2017, section 2.3.
 */

/** The primes up to 167, as its authors' own detection uses; by chance about one key in 2^27 agrees with all. */
const primes = [
  3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131,
  137, 139, 149, 151, 157, 163, 167,
] as const;

const generator = 65537;

const powersModulo = primes.map((prime) => ({ prime: BigInt(prime), powers: subgroup(prime) }));
const product = primes.reduce((all, prime) => all * BigInt(prime), 1n);

/** The residues that powers of {@link generator} take modulo a prime. */
function subgroup(prime: number): ReadonlySet<bigint> {
  const powers = new Set<bigint>();
  for (let power = 1; !powers.has(BigInt(power)); power = (power * generator) % prime) powers.add(BigInt(power));
  return powers;
}

/** Whether an RSA modulus (big-endian) bears the fingerprint. */
export function hasRocaFingerprint(modulus: Uint8Array): boolean {
  const residue = bigEndian(modulus) % product;
  return powersModulo.every(({ prime, powers }) => powers.has(residue % prime));
}
