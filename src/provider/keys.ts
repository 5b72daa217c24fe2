import { generateKeyPairSync } from "node:crypto";
import { toHex, randomBytes, utf8 } from "../bytes.ts";
import { Refusal } from "../errors.ts";
import { appendReceipt, type Storage, toDate, toSeconds, type Writer } from "../storage/index.ts";

export const keyAlgorithms = ["ES256", "RS256"] as const;
export type KeyAlgorithm = (typeof keyAlgorithms)[number];

/** Seconds a new key is published before it signs: relying parties cache our key set this long. */
export const publicationLead = 600;
/** Seconds the longest-lived signed token is valid; a key is published that long after it signed last. */
export const longestTokenLife = 3600;
// Until every running bridge has noticed that the new key signs now: the old one may sign that long.
const takeUpAllowance = 60;

export interface ProviderKeyRecord {
  readonly id: string;
  readonly algorithm: KeyAlgorithm;
  readonly createdAt: number;
  readonly signsFrom: number;
  /** Not published from then on; null while there is no successor. */
  readonly retiresAt: number | null;
}

/** Where a key is in its life. */
export type KeyState = "next" | "signing" | "published" | "retired";

const keyContext = (id: string): string => `provider_key/${id}`;

/** Every key in the order in which they sign, without its private part. */
export async function listKeys(storage: Storage): Promise<ProviderKeyRecord[]> {
  const rows = await storage.read.providerKey.findMany({ orderBy: [{ signsFrom: "asc" }, { createdAt: "asc" }, { id: "asc" }] });
  return rows.map((row) => ({
    id: row.id,
    algorithm: row.algorithm as KeyAlgorithm,
    createdAt: toSeconds(row.createdAt),
    signsFrom: toSeconds(row.signsFrom),
    retiresAt: row.retiresAt === null ? null : toSeconds(row.retiresAt),
  }));
}

/** The state of a key among all of them: of each algorithm the latest that may sign signs. */
export function keyState(key: ProviderKeyRecord, keys: readonly ProviderKeyRecord[], now: number): KeyState {
  if (key.retiresAt !== null && key.retiresAt <= now) return "retired";
  if (key.signsFrom > now) return "next";
  const signing = keys
    .filter(({ algorithm, signsFrom, retiresAt }) => algorithm === key.algorithm && signsFrom <= now && (retiresAt === null || retiresAt > now))
    .reduce((latest, candidate) => (isLater(candidate, latest) ? candidate : latest), key);
  return signing.id === key.id ? "signing" : "published";
}

// Two nodes that start at once may both make a key: then the identifiers decide, everywhere alike.
const isLater = (one: ProviderKeyRecord, other: ProviderKeyRecord): boolean =>
  one.signsFrom === other.signsFrom ? one.id > other.id : one.signsFrom > other.signsFrom;

/** Makes the first key of each algorithm, if there is none. Signs at once: nobody has cached anything yet. */
export async function ensureKeys(storage: Storage, now: number): Promise<void> {
  const keys = await listKeys(storage);
  for (const algorithm of keyAlgorithms) {
    if (keys.some((key) => key.algorithm === algorithm && key.retiresAt === null)) continue;
    const made = generate(storage, algorithm);
    await storage.transaction(async ({ data }) => {
      if ((await data.providerKey.count({ where: { algorithm, retiresAt: null } })) === 0) await insertKey(data, made, now, now);
    });
  }
}

/**
 * Rotates: a new key is published now and signs after {@link publicationLead}; the one before it
 * stays published until the last token it signed has expired.
 * @throws Refusal `invalid_request` while an earlier rotation is still under way.
 */
export async function rotateKeys(storage: Storage, algorithm: KeyAlgorithm, now: number): Promise<ProviderKeyRecord> {
  const made = generate(storage, algorithm);
  const signsFrom = await storage.transaction(async ({ data }) => {
    const waiting = await data.providerKey.count({ where: { algorithm, signsFrom: { gt: toDate(now) } } });
    if (waiting > 0) throw new Refusal("invalid_request", "a new key is already published and not yet signing");
    const { count: earlier } = await data.providerKey.updateMany({
      where: { algorithm, retiresAt: null },
      data: { retiresAt: toDate(now + publicationLead + takeUpAllowance + longestTokenLife) },
    });
    // The first key of all signs at once: nobody has cached anything yet.
    const start = earlier === 0 ? now : now + publicationLead;
    await insertKey(data, made, now, start);
    return start;
  });
  return { id: made.id, algorithm, createdAt: now, signsFrom, retiresAt: null };
}

/** The provider's key set: of each algorithm the signing key first, as the library signs with the first. */
export async function loadKeySet(storage: Storage, now: number): Promise<{ keys: Record<string, unknown>[] }> {
  const records = await listKeys(storage);
  const order: Record<KeyState, number> = { signing: 0, next: 1, published: 2, retired: 3 };
  const published = records
    .map((record) => ({ record, state: keyState(record, records, now) }))
    .filter(({ state }) => state !== "retired")
    .sort((a, b) => order[a.state] - order[b.state]);
  const rows = new Map((await storage.read.providerKey.findMany()).map((row) => [row.id, row.sealedKey]));
  return {
    keys: published.map(({ record }) => {
      const sealed = rows.get(record.id);
      if (sealed === undefined) throw new Error("a provider key vanished while it was read");
      return JSON.parse(new TextDecoder().decode(storage.sealing.open(sealed, keyContext(record.id)))) as Record<string, unknown>;
    }),
  };
}

interface MadeKey {
  readonly id: string;
  readonly algorithm: KeyAlgorithm;
  readonly sealed: Uint8Array<ArrayBuffer>;
}

function generate(storage: Storage, algorithm: KeyAlgorithm): MadeKey {
  const id = toHex(randomBytes(8));
  const { privateKey } = algorithm === "ES256" ? generateKeyPairSync("ec", { namedCurve: "P-256" }) : generateKeyPairSync("rsa", { modulusLength: 2048 });
  const jwk = { ...privateKey.export({ format: "jwk" }), kid: id, alg: algorithm, use: "sig" };
  return { id, algorithm, sealed: storage.sealing.seal(utf8(JSON.stringify(jwk)), keyContext(id)) };
}

async function insertKey(data: Writer, made: MadeKey, now: number, signsFrom: number): Promise<void> {
  const { id, algorithm, sealed } = made;
  await data.providerKey.create({ data: { id, algorithm, sealedKey: sealed, createdAt: toDate(now), signsFrom: toDate(signsFrom) } });
  await appendReceipt(data, { kind: "provider_key_added", at: now, personId: null, detail: { key: id, algorithm, signs_from: signsFrom } });
}
