import { createPrivateKey, createPublicKey, generateKeyPair } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import * as asn1js from "asn1js";
import { PublicKeyInfo } from "pkijs";
import { toHex, utf8 } from "../../../bytes.ts";
import { keyIdentifierOf } from "../x509/extensions.ts";
import { makePrivateDirectory, writeFileAtomically } from "./files.ts";

const generate = promisify(generateKeyPair);

/** A fresh RSA-2048 private key, e = 65537. Runs on the thread pool: several at once use all cores. */
export async function generateRsaKey(): Promise<KeyObject> {
  const { privateKey } = await generate("rsa", { modulusLength: 2048, publicExponent: 0x10001 });
  return privateKey;
}

/** DER SubjectPublicKeyInfo of a private key's other half. */
export function publicKeyOf(privateKey: KeyObject): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(createPublicKey(privateKey).export({ format: "der", type: "spki" }));
}

/** The bits that key hashes are made over: SubjectPublicKeyInfo without its algorithm. */
export function publicKeyBits(subjectPublicKeyInfo: Uint8Array<ArrayBuffer>): Uint8Array {
  const information = new PublicKeyInfo({ schema: asn1js.fromBER(subjectPublicKeyInfo).result });
  return information.subjectPublicKey.valueBlock.valueHexView;
}

/** Private keys as PKCS#8 PEM files, one a key, readable by their owner alone. */
export class KeyDirectory {
  readonly #directory: string;
  readonly #loaded = new Map<string, KeyObject>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  async save(id: string, key: KeyObject): Promise<void> {
    await makePrivateDirectory(this.#directory);
    await writeFileAtomically(this.#fileOf(id), utf8(key.export({ format: "pem", type: "pkcs8" }).toString()));
    this.#loaded.set(id, key);
  }

  async load(id: string): Promise<KeyObject> {
    const loaded = this.#loaded.get(id);
    if (loaded !== undefined) return loaded;
    const key = createPrivateKey(await readFile(this.#fileOf(id), "utf8"));
    this.#loaded.set(id, key);
    return key;
  }

  /** Makes and saves a person's key; its file is named after the key itself. */
  async generate(): Promise<HolderKey> {
    const key = await generateRsaKey();
    const publicKey = publicKeyOf(key);
    const id = toHex(keyIdentifierOf(publicKeyBits(publicKey)));
    await this.save(id, key);
    return { id, publicKey };
  }

  #fileOf(id: string): string {
    return path.join(this.#directory, `${id}.pem`);
  }
}

export interface HolderKey {
  readonly id: string;
  /** DER SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array<ArrayBuffer>;
}
