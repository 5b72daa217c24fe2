import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from "jose";
import { Refusal } from "../errors.ts";
import type { fapiAlgorithms } from "../relying-parties/index.ts";

export interface MadeKey {
  readonly publicKey: JWK;
  readonly privateKey: JWK;
}

/** A key pair for a relying party; its `kid` is the thumbprint (RFC 7638). */
export async function makeClientKey(algorithm: (typeof fapiAlgorithms)[number]): Promise<MadeKey> {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true, ...(algorithm === "PS256" && { modulusLength: 3072 }) });
  const shared = { alg: algorithm, use: "sig", kid: await calculateJwkThumbprint(await exportJWK(publicKey)) };
  return { publicKey: { ...(await exportJWK(publicKey)), ...shared }, privateKey: { ...(await exportJWK(privateKey)), ...shared } };
}

/**
 * Writes the private key, if one was made, and registers then: a registration whose key nobody has would
 * be worth nothing. A key whose registration failed is removed; it would be in the way of the next attempt.
 * @throws Refusal `invalid_request` when the file cannot be written; what `register` throws.
 */
export async function keepingKey<Result>(file: string, made: MadeKey | null, register: () => Promise<Result>): Promise<Result> {
  if (made !== null) writeClientKey(file, made.privateKey);
  try {
    return await register();
  } catch (error) {
    if (made !== null) rmSync(file, { force: true });
    throw error;
  }
}

/** Where nothing was before, readable by this user alone. */
function writeClientKey(file: string, key: JWK): void {
  try {
    writeFileSync(file, `${JSON.stringify(key, null, 2)}\n`, { mode: 0o600, flag: "wx" });
  } catch (error) {
    const taken = (error as { code?: string }).code === "EEXIST";
    throw new Refusal("invalid_request", `--key-file ${file}: ${taken ? "is there already; name another, it is never overwritten" : "cannot be written"}`);
  }
}

/** The JSON in a file that an option names. @throws Refusal `invalid_request`. */
export function readJsonFile(option: string, file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    throw new Refusal("invalid_request", `${option} ${file}: cannot be read`);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new Refusal("invalid_request", `${option} ${file}: is not JSON`);
  }
}
