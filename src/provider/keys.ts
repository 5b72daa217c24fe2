import { generateKeyPairSync } from "node:crypto";
import { randomBytes, toHex, utf8 } from "../bytes.ts";
import { Refusal } from "../errors.ts";
import { appendReceipt, type Storage, toDate, toSeconds, type Writer } from "../storage/index.ts";
import { isRotationDue, type KeyAlgorithm, keyAlgorithms, keyState, type KeyState, type ProviderKeyRecord, withRetirement, withRotation } from "./keys-life.ts";

/** A key of the provider as it is sealed: a private JWK, or a public one with the place of the private key in a token. */
export type KeyDocument = Readonly<Record<string, unknown>> & { readonly kid: string; readonly alg: KeyAlgorithm; readonly token?: TokenPlace };

/** Where in a token of PKCS#11 a private key is: by the label of the object, its id in hexadecimal, or both. */
export interface TokenPlace {
  readonly label?: string;
  readonly id?: string;
}

const keyContext = (id: string): string => `provider_key/${id}`;

/** Every key in the order in which they sign, without its private part. */
export const listKeys = (storage: Storage): Promise<ProviderKeyRecord[]> => readKeys(storage.read);

async function readKeys(from: Pick<Storage["read"], "providerKey">): Promise<ProviderKeyRecord[]> {
  const rows = await from.providerKey.findMany({ orderBy: [{ signsFrom: "asc" }, { createdAt: "asc" }, { id: "asc" }] });
  return rows.map((row) => ({
    id: row.id,
    algorithm: row.algorithm as KeyAlgorithm,
    createdAt: toSeconds(row.createdAt),
    signsFrom: toSeconds(row.signsFrom),
    retiresAt: row.retiresAt === null ? null : toSeconds(row.retiresAt),
  }));
}

/** Makes the first key of each algorithm, if there is none. Signs at once: nobody has cached anything yet. */
export async function ensureKeys(storage: Storage, now: number): Promise<void> {
  const keys = await listKeys(storage);
  for (const algorithm of keyAlgorithms) {
    if (keys.some((key) => key.algorithm === algorithm && key.retiresAt === null)) continue;
    const made = generate(algorithm);
    await changeKeys(storage, now, (found) => (found.some((key) => key.algorithm === algorithm && key.retiresAt === null) ? found : withRotation(found, { id: made.kid, algorithm }, now) ?? found), made);
  }
}

/**
 * Rotates: a new key is announced now and signs after the publication lead; the one before it
 * stays published for the overlap.
 * @param made the new key, where it was made elsewhere.
 * @throws Refusal `invalid_request` while an earlier rotation is still under way.
 */
export async function rotateKeys(storage: Storage, algorithm: KeyAlgorithm, now: number, made: KeyDocument = generate(algorithm)): Promise<ProviderKeyRecord> {
  const after = await changeKeys(storage, now, (keys) => {
    if (keys.some(({ id }) => id === made.kid)) throw new Refusal("invalid_request", "this key is, or was, one of the provider's");
    const rotated = withRotation(keys, { id: made.kid, algorithm }, now);
    if (rotated === null) throw new Refusal("invalid_request", "a new key is already published and not yet signing");
    return rotated;
  }, made);
  return keyAmong(after, made.kid);
}

/**
 * Announces a successor for each algorithm named whose key has signed for almost `rotateEvery` seconds. Of
 * several processes that do it at once one does.
 */
export async function rotateDueKeys(storage: Storage, algorithms: readonly KeyAlgorithm[], rotateEvery: number, now: number): Promise<void> {
  const keys = await listKeys(storage);
  for (const algorithm of algorithms.filter((each) => isRotationDue(keys, each, rotateEvery, now))) {
    const made = generate(algorithm);
    await changeKeys(storage, now, (found) => (isRotationDue(found, algorithm, rotateEvery, now) ? withRotation(found, { id: made.kid, algorithm }, now) ?? found : found), made);
  }
}

/**
 * Takes a key out at once, because somebody else may have it: it is published no more, what it signed counts
 * no more here, and another signs. Every running bridge obeys within the take-up bound.
 * @param successor what signs instead of an active key, where none is announced; made where none is given.
 * @throws Refusal `not_found`; `invalid_request` for one that is retired.
 */
export async function retireKey(storage: Storage, id: string, { reason, now, successor }: { readonly reason: string; readonly now: number; readonly successor?: KeyDocument }): Promise<ProviderKeyRecord | null> {
  const { algorithm } = keyAmong(await listKeys(storage), id);
  const made = successor ?? generate(algorithm);
  const after = await changeKeys(storage, now, (keys) => {
    if (keyState(keyAmong(keys, id), keys, now) === "retired") throw new Refusal("invalid_request", "the key is retired");
    const rest = withRetirement(keys, id, made.kid, now);
    if (new Set(rest.map((key) => key.id)).size < rest.length) throw new Refusal("invalid_request", "what is to sign instead is, or was, one of the provider's keys");
    return rest;
  }, made, (data) => appendReceipt(data, { kind: "provider_key_retired", at: now, personId: null, detail: { key: id, algorithm, reason } }));
  return after.find((key) => keyState(key, after, now) === "active" && key.algorithm === algorithm) ?? null;
}

function keyAmong(keys: readonly ProviderKeyRecord[], id: string): ProviderKeyRecord {
  const key = keys.find((candidate) => candidate.id === id);
  if (key === undefined) throw new Refusal("not_found", "no such key");
  return key;
}

/** Writes down what `change` makes of the keys, in one transaction; `made` is the private part of the one it may add. */
async function changeKeys(storage: Storage, now: number, change: (keys: ProviderKeyRecord[]) => ProviderKeyRecord[], made: KeyDocument, also: (data: Writer) => Promise<unknown> = async () => undefined): Promise<ProviderKeyRecord[]> {
  const sealedKey = storage.sealing.seal(utf8(JSON.stringify(made)), keyContext(made.kid));
  return storage.transaction(async ({ data }) => {
    const before = await readKeys(data);
    const after = change(before);
    for (const { id, algorithm, createdAt, signsFrom, retiresAt } of after) {
      const known = before.find((key) => key.id === id);
      const times = { signsFrom: toDate(signsFrom), retiresAt: retiresAt === null ? null : toDate(retiresAt) };
      if (known === undefined) {
        await data.providerKey.create({ data: { id, algorithm, sealedKey, createdAt: toDate(createdAt), ...times } });
        await appendReceipt(data, { kind: "provider_key_added", at: now, personId: null, detail: { key: id, algorithm, signs_from: signsFrom, ...(made.token !== undefined && { in: "token" }) } });
      } else if (known.signsFrom !== signsFrom || known.retiresAt !== retiresAt) await data.providerKey.update({ where: { id }, data: times });
    }
    await also(data);
    return after;
  });
}

/** The provider's key set: of each algorithm the signing key first, as the library signs with the first. */
export async function loadKeySet(storage: Storage, now: number): Promise<{ keys: KeyDocument[] }> {
  const records = await listKeys(storage);
  const order: Record<KeyState, number> = { active: 0, announced: 1, retiring: 2, retired: 3 };
  const published = records
    .map((record) => ({ record, state: keyState(record, records, now) }))
    .filter(({ state }) => state !== "retired")
    .sort((a, b) => order[a.state] - order[b.state]);
  const rows = new Map((await storage.read.providerKey.findMany()).map((row) => [row.id, row.sealedKey]));
  return {
    keys: published.map(({ record }) => {
      const sealed = rows.get(record.id);
      if (sealed === undefined) throw new Error("a provider key vanished while it was read");
      return JSON.parse(new TextDecoder().decode(storage.sealing.open(sealed, keyContext(record.id)))) as KeyDocument;
    }),
  };
}

function generate(algorithm: KeyAlgorithm): KeyDocument {
  const { privateKey } = algorithm === "ES256" ? generateKeyPairSync("ec", { namedCurve: "P-256" }) : generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { ...privateKey.export({ format: "jwk" }), kid: toHex(randomBytes(8)), alg: algorithm, use: "sig" };
}
