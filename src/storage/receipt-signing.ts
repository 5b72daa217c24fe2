import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type JsonWebKey, type KeyObject, sign, verify } from "node:crypto";
import { concatBytes, fromBase64Url, toBase64Url, utf8 } from "../bytes.ts";
import type { PrismaClient } from "./generated/client.ts";
import { genesis } from "./receipt-hash.ts";
import type { Sealing } from "./sealing.ts";

/** Signs receipts, and what is told of them: ES256, signatures of 64 octets (RFC 7518 3.4). */
export interface ReceiptSigner {
  /** The key that signs now: its RFC 7638 thumbprint. */
  readonly keyId: string;
  sign(octets: Uint8Array): Uint8Array<ArrayBuffer>;
}

/** The key of this process. */
export interface OwnReceiptSigner extends ReceiptSigner {
  /** For a thread of this process that signs by it, too. */
  readonly key: KeyObject;
  /** Signs from now on by the newest key there is: another process may have made one. */
  takeUpNewest(): Promise<void>;
}

/** The public part of a key, as it is published for ever. */
export interface ReceiptKey {
  readonly kty: "EC";
  readonly crv: "P-256";
  readonly x: string;
  readonly y: string;
  readonly kid: string;
  readonly alg: "ES256";
  readonly use: "sig";
}

const keyContext = (id: string): string => `receipt_key/${id}`;

/**
 * The signer of a process, by the newest key of its database.
 * @param readNewest - reads it again.
 * @throws when that was sealed by a key that is not configured.
 */
export function createReceiptSigner(sealing: Sealing, newest: SealedKey, readNewest: () => Promise<SealedKey | null>): OwnReceiptSigner {
  const opened = (row: SealedKey): SigningKey => ({ id: row.id, key: createPrivateKey({ key: openedKey(sealing, row), format: "jwk" }) });
  let current = opened(newest);
  const signer = signerBy(() => current);
  return {
    sign: signer.sign,
    get keyId() {
      return current.id;
    },
    get key() {
      return current.key;
    },
    takeUpNewest: async () => {
      const row = await readNewest();
      if (row !== null && row.id !== current.id) current = opened(row);
    },
  };
}

interface SigningKey {
  readonly id: string;
  readonly key: KeyObject;
}

/** Signs by the key that `current` gives at that moment. */
export function signerBy(current: () => SigningKey): ReceiptSigner {
  return {
    get keyId() {
      return current().id;
    },
    sign: (octets) => Uint8Array.from(sign("sha256", octets, { key: current().key, dsaEncoding: "ieee-p1363" })),
  };
}

/** The receipts from before they were signed. */
export interface UnsignedPart {
  readonly receipts: number;
  /** Of the last of them. */
  readonly hash: Uint8Array;
}

/** What is sealed as a key: a private JWK, and in the first of all what was unsigned then, so that nobody can add to that. */
interface KeyDocument extends JsonWebKey {
  readonly made_at?: number;
  readonly unsigned?: { readonly receipts: number; readonly hash: string };
}

/** A new key, sealed, for {@link PrismaClient.receiptKey}. @param madeAt seconds; the first key of all does not say it. */
export function makeReceiptKey(sealing: Sealing, unsigned?: UnsignedPart, madeAt?: number): { readonly id: string; readonly sealedKey: Uint8Array<ArrayBuffer> } {
  const jwk = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "jwk" });
  const id = thumbprint(jwk);
  const document: KeyDocument = { ...jwk, ...(madeAt !== undefined && { made_at: madeAt }), ...(unsigned !== undefined && { unsigned: { ...unsigned, hash: toBase64Url(unsigned.hash) } }) };
  return { id, sealedKey: sealing.seal(utf8(JSON.stringify(document)), keyContext(id)) };
}

/** Every key that ever signed, the oldest first. They are opened, so that nobody can put a key of their own among them. */
export async function readReceiptKeys({ receiptKey }: Pick<PrismaClient, "receiptKey">, sealing: Sealing): Promise<ReceiptKey[]> {
  const rows = await receiptKey.findMany({ orderBy: { sequence: "asc" } });
  return rows.map((row) => {
    const { x = "", y = "" } = openedKey(sealing, row);
    return { kty: "EC", crv: "P-256", x, y, kid: row.id, alg: "ES256", use: "sig" };
  });
}

/** A key of receipts, and when it was made, in seconds; null where it does not say. */
export interface ReceiptKeyTime {
  readonly id: string;
  readonly madeAt: number | null;
}

/** When each key was made, the oldest first. */
export async function readReceiptKeyTimes({ receiptKey }: Pick<PrismaClient, "receiptKey">, sealing: Sealing): Promise<ReceiptKeyTime[]> {
  const rows = await receiptKey.findMany({ orderBy: { sequence: "asc" } });
  return rows.map((row) => ({ id: row.id, madeAt: openedKey(sealing, row).made_at ?? null }));
}

/** When the newest key was made, in seconds; null where it does not say. */
export async function readNewestKeyTime({ receiptKey }: Pick<PrismaClient, "receiptKey">, sealing: Sealing): Promise<number | null> {
  const newest = await receiptKey.findFirst({ orderBy: { sequence: "desc" } });
  return newest === null ? null : (openedKey(sealing, newest).made_at ?? null);
}

/** What was unsigned when signing began: sealed with the first key, and nothing where no key says it. */
export async function readUnsignedPart({ receiptKey }: Pick<PrismaClient, "receiptKey">, sealing: Sealing): Promise<UnsignedPart> {
  const first = await receiptKey.findFirst({ orderBy: { sequence: "asc" } });
  const { unsigned } = first === null ? {} : openedKey(sealing, first);
  const hash = unsigned === undefined ? null : fromBase64Url(unsigned.hash);
  return unsigned === undefined || hash === null ? { receipts: 0, hash: genesis } : { receipts: unsigned.receipts, hash };
}

/** A key as its row has it. */
export interface SealedKey {
  readonly id: string;
  readonly sealedKey: Uint8Array;
}

/** @throws naming the key that no configured key sealed. */
function openedKey(sealing: Sealing, { id, sealedKey }: SealedKey): KeyDocument {
  try {
    return JSON.parse(new TextDecoder().decode(sealing.open(sealedKey, keyContext(id)))) as KeyDocument;
  } catch (cause) {
    throw new Error(`the receipt key ${id} does not open: a sealing key is missing in the configuration, or somebody wrote it to the database`, { cause });
  }
}

/** RFC 7638 3. */
const thumbprint = ({ crv, kty, x, y }: JsonWebKey): string => createHash("sha256").update(JSON.stringify({ crv, kty, x, y })).digest("base64url");

// No signing input of a JWS begins like this: what was signed as one can never pass for the other.
const recordPrefix = utf8("jpki-bridge/receipt/1\n");

/** The octets that a receipt's signature is over. */
export const signedOctets = (hash: Uint8Array): Uint8Array<ArrayBuffer> => concatBytes(recordPrefix, hash);

/** Whether one of the keys signed these octets. */
export type SignatureCheck = (keyId: string, octets: Uint8Array, signature: Uint8Array) => boolean;

export function signatureCheck(keys: readonly ReceiptKey[]): SignatureCheck {
  const imported = new Map(keys.map((key) => [key.kid, createPublicKey({ key: { ...key }, format: "jwk" })]));
  return (keyId, octets, signature) => {
    const key = imported.get(keyId);
    return key !== undefined && verify("sha256", octets, { key, dsaEncoding: "ieee-p1363" }, signature);
  };
}
