import { Refusal } from "../errors.ts";
import type { ClientId } from "../identifiers.ts";
import { appendReceipt, type Storage, toDate } from "../storage/index.ts";
import { keySetProblem } from "./client-keys.ts";
import type { RelyingPartyMetadata } from "./registration.ts";
import { longestOverlap } from "./secrets.ts";

/** A public key of a registration. `exp`: the second from which it counts no more; without one it counts until it is taken out. */
type RegisteredKey = Readonly<Record<string, unknown>>;

const keysOf = ({ jwks }: RelyingPartyMetadata): readonly RegisteredKey[] => (jwks as { keys?: RegisteredKey[] } | undefined)?.keys ?? [];
const hasEnded = ({ exp }: RegisteredKey, now: number): boolean => typeof exp === "number" && exp <= now;

/** The registration with those of its keys alone that count now. */
export function withLiveKeys(metadata: RelyingPartyMetadata, now: number): RelyingPartyMetadata {
  if (!keysOf(metadata).some((key) => hasEnded(key, now))) return metadata;
  return { ...metadata, jwks: { keys: keysOf(metadata).filter((key) => !hasEnded(key, now)) } };
}

/**
 * Registers one more public key; those before it count for `overlap` seconds more at most, and what has
 * ended by now is taken out.
 * @throws Refusal `not_found`; `invalid_request` for a key that cannot be registered, or whose `kid` is taken.
 */
export async function rotateKey(storage: Storage, clientId: ClientId, key: RegisteredKey, overlap: number, now: number): Promise<{ earlierUntil: number }> {
  const earlierUntil = now + overlap;
  const problem = keyProblem(key, overlap);
  if (problem !== null) throw new Refusal("invalid_request", problem);
  await changeKeys(storage, clientId, now, "relying_party_key_added", (keys) => {
    if (keys.some(({ kid }) => kid === key["kid"])) throw new Refusal("invalid_request", "kid: another key of this client has it");
    const ending = keys.map((earlier) => ({ ...earlier, exp: Math.min(typeof earlier["exp"] === "number" ? earlier["exp"] : Infinity, earlierUntil) }));
    return [key, ...ending.filter((earlier) => !hasEnded(earlier, now))];
  });
  return { earlierUntil };
}

/** Takes out every key that is to end, before its time. @throws Refusal as {@link rotateKey}. */
export async function retireKeys(storage: Storage, clientId: ClientId, now: number): Promise<void> {
  await changeKeys(storage, clientId, now, "relying_party_keys_retired", (keys) => keys.filter(({ exp }) => exp === undefined));
}

function keyProblem(key: RegisteredKey, overlap: number): string | null {
  if (!Number.isSafeInteger(overlap) || overlap < 0 || overlap > longestOverlap) return `overlap: 0 to ${longestOverlap} seconds`;
  if (typeof key["kid"] !== "string" || key["exp"] !== undefined) return "key: needs a kid by which it is told from the others, and no exp";
  const inKey = keySetProblem({ keys: [key] });
  return inKey === null ? null : `key: ${inKey}`;
}

async function changeKeys(storage: Storage, clientId: ClientId, now: number, kind: string, change: (keys: readonly RegisteredKey[]) => readonly RegisteredKey[]): Promise<void> {
  await storage.transaction(async ({ data }) => {
    const row = await data.relyingParty.findUnique({ where: { clientId }, select: { metadata: true } });
    if (row === null) throw new Refusal("not_found", `no relying party ${clientId}`);
    const metadata = JSON.parse(row.metadata) as RelyingPartyMetadata;
    if (keysOf(metadata).length === 0) throw new Refusal("invalid_request", `${clientId} has no registered keys: those at a jwks_uri are rotated there`);
    const keys = change(keysOf(metadata));
    await data.relyingParty.update({ where: { clientId }, data: { metadata: JSON.stringify({ ...metadata, jwks: { keys } }), updatedAt: toDate(now) } });
    await appendReceipt(data, { kind, at: now, personId: null, detail: { client: clientId, keys: keys.length } });
  });
}
