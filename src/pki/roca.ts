/**
 * The fingerprint of RSA keys made by the faulty generator of CVE-2017-15361 (ROCA): its primes are
 * powers of 65537 modulo the product of the first primes, and so is the modulus.
 * Source: Nemec et al., "The Return of Coppersmith's Attack", CCS 2017, section 2.3.
 */

const generator = 65537;
/** Its product of primes ends here for moduli of 1984 to 3936 bits, and later for longer ones. */
const largestPrime = 701;

const primes = Array.from({ length: largestPrime }, (_, index) => index + 1).filter(isOddPrime);
/** The primes by which an honest modulus is told soonest come first. */
const powersModulo = primes
  .map((prime) => ({ prime, powers: subgroup(prime) }))
  .sort((a, b) => a.powers.size / a.prime - b.powers.size / b.prime);

function isOddPrime(candidate: number): boolean {
  if (candidate < 3 || candidate % 2 === 0) return false;
  for (let divisor = 3; divisor * divisor <= candidate; divisor += 2) if (candidate % divisor === 0) return false;
  return true;
}

/** The residues that powers of {@link generator} take modulo a prime. */
function subgroup(prime: number): ReadonlySet<number> {
  const powers = new Set<number>();
  for (let power = 1; !powers.has(power); power = (power * generator) % prime) powers.add(power);
  return powers;
}

/** A key is judged more than once on its way: the same octets in, the same answer out. */
const known = new WeakMap<Uint8Array, boolean>();

/**
 * Whether an RSA modulus (big-endian, 1984 bits or more) bears the fingerprint. By chance less than one
 * honest modulus in 2^150 does.
 */
export function hasRocaFingerprint(modulus: Uint8Array): boolean {
  const before = known.get(modulus);
  if (before !== undefined) return before;
  const hasFingerprint = powersModulo.every(({ prime, powers }) => powers.has(residue(modulus, prime)));
  known.set(modulus, hasFingerprint);
  return hasFingerprint;
}

function residue(number: Uint8Array, prime: number): number {
  let left = 0;
  for (const octet of number) left = (left * 256 + octet) % prime;
  return left;
}
