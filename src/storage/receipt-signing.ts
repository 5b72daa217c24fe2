import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type JsonWebKey, type KeyObject, sign, verify } from "node:crypto";
import type { Database } from "better-sqlite3";
import { concatBytes, utf8 } from "../bytes.ts";
import type { PrismaClient } from "./generated/client.ts";
import type { Sealing } from "./sealing.ts";

/** Signs receipts, and what is told of them: ES256, signatures of 64 octets (RFC 7518 3.4). */
export interface ReceiptSigner {
  /** The key that signs now: its RFC 7638 thumbprint. */
  readonly keyId: string;
  sign(octets: Uint8Array): Uint8Array<ArrayBuffer>;
}

/** The key of this process. */
export interface OwnReceiptSigner extends ReceiptSigner {
  /** Signs from now on by the newest key there is: another process may have made one. */
  takeUpNewest(): void;
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
 * The signer of a database; its first key is made where there is none.
 * @throws when the newest key was sealed by a key that is not configured.
 */
export function openReceiptSigner(database: Database, sealing: Sealing): OwnReceiptSigner {
  const newest = database.prepare(`SELECT "id","sealed_key" AS "sealedKey" FROM "receipt_key" ORDER BY "sequence" DESC LIMIT 1`);
  const read = (): { readonly id: string; readonly key: KeyObject } | null => {
    const row = newest.get() as SealedKey | undefined;
    return row === undefined ? null : { id: row.id, key: createPrivateKey({ key: openedKey(sealing, row), format: "jwk" }) };
  };
  if (read() === null) {
    const { id, sealedKey } = makeReceiptKey(sealing);
    database.prepare(`INSERT INTO "receipt_key" ("id","sealed_key") SELECT ?,? WHERE NOT EXISTS (SELECT 1 FROM "receipt_key")`).run(id, sealedKey);
  }
  let current = read();
  const signing = (): { readonly id: string; readonly key: KeyObject } => {
    if (current === null) throw new Error("the keys that sign receipts vanished");
    return current;
  };
  return {
    get keyId() {
      return signing().id;
    },
    sign: (octets) => Uint8Array.from(sign("sha256", octets, { key: signing().key, dsaEncoding: "ieee-p1363" })),
    takeUpNewest: () => {
      current = read() ?? current;
    },
  };
}

/** A new key, sealed, for {@link PrismaClient.receiptKey}. */
export function makeReceiptKey(sealing: Sealing): { readonly id: string; readonly sealedKey: Uint8Array<ArrayBuffer> } {
  const jwk = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "jwk" });
  const id = thumbprint(jwk);
  return { id, sealedKey: sealing.seal(utf8(JSON.stringify(jwk)), keyContext(id)) };
}

/** Every key that ever signed, the oldest first. They are opened, so that nobody can put a key of their own among them. */
export async function readReceiptKeys({ receiptKey }: Pick<PrismaClient, "receiptKey">, sealing: Sealing): Promise<ReceiptKey[]> {
  const rows = await receiptKey.findMany({ orderBy: { sequence: "asc" } });
  return rows.map((row) => {
    const { x = "", y = "" } = openedKey(sealing, row);
    return { kty: "EC", crv: "P-256", x, y, kid: row.id, alg: "ES256", use: "sig" };
  });
}

interface SealedKey {
  readonly id: string;
  readonly sealedKey: Uint8Array;
}

const openedKey = (sealing: Sealing, { id, sealedKey }: SealedKey): JsonWebKey => JSON.parse(new TextDecoder().decode(sealing.open(sealedKey, keyContext(id)))) as JsonWebKey;

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
