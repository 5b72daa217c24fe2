import { idTokenLife, longestSession } from "./lifetimes.ts";

export const keyAlgorithms = ["ES256", "RS256"] as const;
export type KeyAlgorithm = (typeof keyAlgorithms)[number];

/** Seconds for which relying parties keep our key set without asking again (the usual libraries: ten minutes). */
export const keySetCacheTime = 600;
/** Seconds within which every running bridge obeys a change of the keys: it looks every quarter of a minute. */
export const takeUpBound = 60;
/** Seconds from the making of a key to its first signature: until the last bridge publishes it and the last cache has it. */
export const publicationLead = keySetCacheTime + takeUpBound;
/** Seconds for which a key is published after its successor began to sign: until whatever it signed has expired, or comes back as a hint no more. */
export const overlap = takeUpBound + Math.max(idTokenLife, longestSession);

/** A signing key without its private part. Times are seconds. */
export interface ProviderKeyRecord {
  readonly id: string;
  readonly algorithm: KeyAlgorithm;
  readonly createdAt: number;
  readonly signsFrom: number;
  /** Not published from then on; null while there is no successor. */
  readonly retiresAt: number | null;
}

/** Where a key is in its life: published and not yet signing, signing, published and signing no more, not published. */
export type KeyState = "announced" | "active" | "retiring" | "retired";

/** The state of a key among all of them: of each algorithm the latest that may sign is active. */
export function keyState(key: ProviderKeyRecord, keys: readonly ProviderKeyRecord[], now: number): KeyState {
  if (isRetired(key, now)) return "retired";
  if (key.signsFrom > now) return "announced";
  return activeKey(keys, key.algorithm, now)?.id === key.id ? "active" : "retiring";
}

/** The key of an algorithm that signs now; undefined where there is none. */
export function activeKey<Key extends ProviderKeyRecord>(keys: readonly Key[], algorithm: KeyAlgorithm, now: number): Key | undefined {
  const candidates = keys.filter((key) => key.algorithm === algorithm && key.signsFrom <= now && !isRetired(key, now));
  return candidates.length === 0 ? undefined : candidates.reduce((latest, candidate) => (isLater(candidate, latest) ? candidate : latest));
}

const isRetired = ({ retiresAt }: ProviderKeyRecord, now: number): boolean => retiresAt !== null && retiresAt <= now;

// Two nodes that start at once may both make a key: then the identifiers decide, everywhere alike.
const isLater = (one: ProviderKeyRecord, other: ProviderKeyRecord): boolean =>
  one.signsFrom === other.signsFrom ? one.id > other.id : one.signsFrom > other.signsFrom;

/** A key's state and age, in seconds since it was made, and what comes next: null where nothing does. */
export interface KeyLife {
  readonly state: KeyState;
  readonly age: number;
  readonly next: { readonly state: KeyState; readonly at: number } | null;
}

/** @param rotateEvery seconds for which a key signs; null: until somebody rotates. */
export function keyLife(key: ProviderKeyRecord, keys: readonly ProviderKeyRecord[], rotateEvery: number | null, now: number): KeyLife {
  const state = keyState(key, keys, now);
  return { state, age: now - key.createdAt, next: nextOf(key, state, keys, rotateEvery, now) };
}

function nextOf({ algorithm, signsFrom, retiresAt }: ProviderKeyRecord, state: KeyState, keys: readonly ProviderKeyRecord[], rotateEvery: number | null, now: number): KeyLife["next"] {
  if (state === "announced") return { state: "active", at: signsFrom };
  if (state === "retiring") return retiresAt === null ? null : { state: "retired", at: retiresAt };
  if (state === "retired") return null;
  const successor = announcedKey(keys, algorithm, now);
  if (successor !== undefined) return { state: "retiring", at: successor.signsFrom };
  return rotateEvery === null ? null : { state: "retiring", at: signsFrom + rotateEvery };
}

const announcedKey = (keys: readonly ProviderKeyRecord[], algorithm: KeyAlgorithm, now: number): ProviderKeyRecord | undefined =>
  keys.find((key) => key.algorithm === algorithm && key.signsFrom > now && !isRetired(key, now));

/** Whether it is time to announce the successor, so that it takes over when the active key has signed for `rotateEvery` seconds. */
export function isRotationDue(keys: readonly ProviderKeyRecord[], algorithm: KeyAlgorithm, rotateEvery: number, now: number): boolean {
  const active = activeKey(keys, algorithm, now);
  return active !== undefined && announcedKey(keys, algorithm, now) === undefined && active.signsFrom + rotateEvery - publicationLead <= now;
}

/** The keys after a rotation to the one named; null while an earlier one is under way. */
export function withRotation(keys: readonly ProviderKeyRecord[], { id, algorithm }: Pick<ProviderKeyRecord, "id" | "algorithm">, now: number): ProviderKeyRecord[] | null {
  if (announcedKey(keys, algorithm, now) !== undefined) return null;
  // The first key of all signs at once: nobody has cached anything yet.
  const signsFrom = activeKey(keys, algorithm, now) === undefined ? now : now + publicationLead;
  const earlier = keys.map((key) => (key.algorithm === algorithm && key.retiresAt === null ? { ...key, retiresAt: signsFrom + overlap } : key));
  return [...earlier, { id, algorithm, createdAt: now, signsFrom, retiresAt: null }];
}

/**
 * The keys after the one named was taken out at once. If it was active, the one announced signs now, or
 * `made` where none is; if it was announced, the active one stays.
 */
export function withRetirement(keys: readonly ProviderKeyRecord[], id: string, made: string, now: number): ProviderKeyRecord[] {
  const key = keys.find((candidate) => candidate.id === id);
  if (key === undefined) return [...keys];
  const { algorithm } = key;
  const state = keyState(key, keys, now);
  const rest = keys.map((each) => (each.id === id ? { ...each, retiresAt: now } : each));
  if (state === "announced") {
    const active = activeKey(rest, algorithm, now);
    return rest.map((each) => (each.id === active?.id ? { ...each, retiresAt: null } : each));
  }
  if (state !== "active") return rest;
  const successor = announcedKey(rest, algorithm, now);
  if (successor !== undefined) return rest.map((each) => (each.id === successor.id ? { ...each, signsFrom: now } : each));
  return [...rest, { id: made, algorithm, createdAt: now, signsFrom: now, retiresAt: null }];
}
