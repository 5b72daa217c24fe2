import { createCipheriv, createDecipheriv, createHash, createSecretKey, hkdfSync, type KeyObject, randomBytes } from "node:crypto";
import { concatBytes, toBase64Url, utf8 } from "../bytes.ts";
import { lookUpDigest, wrapDigest } from "./look-up-digest.ts";

const nonceLength = 12;
const tagLength = 16;

/** One master key of 32 octets with the id that sealed values carry. */
export interface SealingKey {
  /** 1 to 32 ASCII characters. */
  readonly id: string;
  readonly key: Uint8Array;
}

/** The digest keys that came after the first. Each wraps the digests of the one before, so that none is ever taken out. */
export interface LaterDigestKeys {
  /** In the order in which they came; what is written stands under all of them. */
  readonly after?: readonly Uint8Array[];
  /** The one to come: look-ups ask for what stands under it, and nothing is written under it. */
  readonly next?: Uint8Array | null;
}

/** What a value may be found by. New rows get the first; on record may be any of them. */
export type LookUpDigests = readonly [Uint8Array<ArrayBuffer>, ...Uint8Array<ArrayBuffer>[]];

/** A value was sealed by a key that is not among those configured. */
export class MissingSealingKey extends Error {
  readonly keyId: string;

  constructor(keyId: string) {
    super(`sealed by a key that is not configured: ${keyId}`);
    this.name = "MissingSealingKey";
    this.keyId = keyId;
  }
}

/** Nobody is looked up here: another process has a digest key that is not here. */
export class LookUpsStopped extends Error {
  constructor() {
    super("a digest key is missing: nobody is looked up");
    this.name = "LookUpsStopped";
  }
}

/**
 * Seals columns with AES-256-GCM. The first key seals; every key opens, so that keys rotate without
 * downtime. Sealed form: one octet length of the key id, the key id, 12 octets nonce, ciphertext,
 * 16 octets tag. The context (table, column, row) is authenticated, so that a sealed value moved to
 * another row does not open.
 */
export class Sealing {
  readonly #keys: readonly { id: string; idBytes: Uint8Array; key: KeyObject }[];
  readonly #digestKey: Uint8Array;
  readonly #lookUpKey: KeyObject;
  #mayLookUp = true;
  /** The keys of look-up digests, the first of them first, the one to come last: see {@link wrapDigest}. */
  readonly lookUpKeys: readonly KeyObject[];
  /** Names each of them by its place and what it is, and tells nothing of it. */
  readonly digestKeyIds: readonly string[];
  /** Under how many of them a new digest stands. */
  readonly writtenLevel: number;

  /** @param keys the current key first. @param digestKey keys the look-up digests, for ever. @param later those that wrap them. */
  constructor(keys: readonly SealingKey[], digestKey: Uint8Array, { after = [], next = null }: LaterDigestKeys = {}) {
    if (keys.length === 0) throw new RangeError("at least one sealing key is needed");
    for (const { id, key } of keys) {
      if (key.length !== 32) throw new RangeError(`sealing key ${id} must have 32 octets`);
      if (!/^[\x21-\x7e]{1,32}$/.test(id)) throw new RangeError("a sealing key id is 1 to 32 printable ASCII characters");
    }
    if (new Set(keys.map(({ id }) => id)).size < keys.length) throw new RangeError("a sealing key id stands twice");
    this.#keys = keys.map(({ id, key }) => ({ id, idBytes: utf8(id), key: createSecretKey(derive(key, "seal")) }));
    this.#digestKey = derive(digestKey, "look-up");
    const later = next === null ? after : [...after, next];
    this.#lookUpKey = createSecretKey(this.#digestKey);
    this.lookUpKeys = [this.#lookUpKey, ...later.map((key) => createSecretKey(derive(key, "look-up wrap")))];
    this.digestKeyIds = [digestKey, ...later].map((key, index) => `${index + 1} ${toBase64Url(derive(key, "look-up id").subarray(0, 12))}`);
    this.writtenLevel = 1 + after.length;
  }

  seal(plain: Uint8Array, context: string): Uint8Array<ArrayBuffer> {
    const current = this.#keys[0];
    if (current === undefined) throw new RangeError("no sealing key");
    const nonce = randomBytes(nonceLength);
    const cipher = createCipheriv("aes-256-gcm", current.key, nonce).setAAD(utf8(context));
    const sealed = concatBytes(cipher.update(plain), cipher.final());
    return concatBytes(Uint8Array.of(current.idBytes.length), current.idBytes, nonce, sealed, cipher.getAuthTag());
  }

  /** @throws when the value was altered, moved, or sealed by a key that is not here. */
  open(sealed: Uint8Array, context: string): Uint8Array<ArrayBuffer> {
    const idLength = sealed[0] ?? 0;
    // Shorter, the tag would be read from the nonce, and cut to a length that can be guessed.
    if (sealed.length < 1 + idLength + nonceLength + tagLength) throw new Error("a sealed value is too short");
    const id = Buffer.from(sealed.subarray(1, 1 + idLength)).toString("latin1");
    const key = this.#keys.find((candidate) => candidate.id === id)?.key;
    if (key === undefined) throw new MissingSealingKey(id);
    const nonce = sealed.subarray(1 + idLength, 1 + idLength + nonceLength);
    const decipher = createDecipheriv("aes-256-gcm", key, nonce).setAAD(utf8(context));
    decipher.setAuthTag(sealed.subarray(-tagLength));
    const plain = decipher.update(sealed.subarray(1 + idLength + nonceLength, -tagLength));
    return concatBytes(plain, decipher.final());
  }

  /** The id of the key that seals. */
  get currentKey(): string {
    return this.#keys[0]?.id ?? "";
  }

  /** The ids of all keys that open, the one that seals first. */
  get keyIds(): readonly string[] {
    return this.#keys.map(({ id }) => id);
  }

  /** A key of 32 octets for one other purpose (cookie signatures), from the first digest key. */
  deriveKey(purpose: string): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(derive(this.#digestKey, purpose));
  }

  /** @param known whether every digest key is here that the database needs. While one is not, nobody is looked up: they would be taken for a stranger. */
  admitLookUps(known: boolean): void {
    this.#mayLookUp = known;
  }

  /** Whether anybody is looked up here: see {@link admitLookUps}. */
  get mayLookUp(): boolean {
    return this.#mayLookUp;
  }

  /** What new rows get, and whatever does not last; see {@link lookUpDigest}. */
  lookUpDigest(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
    return this.wrapDigest(this.#firstDigest(parts));
  }

  /** What rows that last are found by. @throws LookUpsStopped while a digest key is missing. */
  lookUpDigests(...parts: readonly Uint8Array[]): LookUpDigests {
    if (!this.#mayLookUp) throw new LookUpsStopped();
    const first = this.#firstDigest(parts);
    const others = this.lookUpKeys.map((_, index) => index + 1).filter((level) => level !== this.writtenLevel);
    return [this.wrapDigest(first), ...others.map((level) => wrapDigest(this.lookUpKeys.slice(0, level), first))];
  }

  /** A digest on record under all keys that write. One that stands under more stays as it is. */
  wrapDigest(digest: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    return wrapDigest(this.lookUpKeys.slice(0, this.writtenLevel), digest);
  }

  #firstDigest(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
    return lookUpDigest(this.#lookUpKey, ...parts);
  }
}

/** SHA-256, for ids whose preimage has 128 bits of randomness or more. */
export function artifactDigest(model: string, id: string): Buffer {
  return createHash("sha256").update(model).update("\0").update(id).digest();
}

function derive(key: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", key, "", `jpki-bridge ${purpose}`, 32));
}
