// Members of private and symmetric keys (RFC 7518 6.2.2, 6.3.2, 6.4.1).
const secretMembers = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/** Why a JWK Set cannot be a relying party's public keys, or null. */
export function keySetProblem(jwks: unknown): string | null {
  const keys: unknown = isRecord(jwks) ? jwks["keys"] : undefined;
  if (!Array.isArray(keys) || keys.length === 0) return "must be a JWK Set with at least one key";
  for (const key of keys as unknown[]) {
    if (!isRecord(key) || typeof key["kty"] !== "string") return "has a key without kty";
    if (secretMembers.some((member) => Object.hasOwn(key, member))) return "has a private or shared key: register the public ones, and make new ones, as these have been shown";
  }
  return null;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
