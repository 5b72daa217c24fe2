import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { exportJWK, generateKeyPair, importJWK, type JWK, calculateJwkThumbprint } from "jose";
import { z } from "zod";
import { randomBytes, toHex } from "../../bytes.ts";

/** The demo service's two key pairs: one to authenticate as a client, one to bind tokens to (RFC 9449). */
export interface ServiceKeys {
  readonly client: { readonly privateKey: CryptoKey; readonly kid: string };
  readonly dpop: CryptoKeyPair;
  /** The client's public key, for its registration. */
  readonly jwks: { readonly keys: readonly JWK[] };
}

const fileName = "keys.json";
const privateJwk = z.object({ kty: z.literal("EC"), crv: z.literal("P-256"), x: z.string(), y: z.string(), d: z.string() });
const keyFile = z.object({ client: privateJwk, dpop: privateJwk });
type PrivateJwk = z.infer<typeof privateJwk>;

/** The keys in `directory`, made at the first start (mode 0600). Throws when the file is there but is not ours. */
export async function loadServiceKeys(directory: string): Promise<ServiceKeys> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const { client, dpop } = await readKeyFile(path.join(directory, fileName));
  const kid = await calculateJwkThumbprint(client);
  return {
    client: { privateKey: await importKey(client), kid },
    dpop: { privateKey: await importKey(dpop), publicKey: await importKey(publicPart(dpop)) },
    jwks: { keys: [{ ...publicPart(client), kid, use: "sig", alg: "ES256" }] },
  };
}

async function readKeyFile(file: string): Promise<z.infer<typeof keyFile>> {
  try {
    return keyFile.parse(JSON.parse(await readFile(file, "utf8")));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return makeKeyFile(file);
    throw new Error(`${file} does not hold the demo service's keys; remove it to have new ones made`, { cause: error });
  }
}

async function makeKeyFile(file: string): Promise<z.infer<typeof keyFile>> {
  const made = { client: await makeKey(), dpop: await makeKey() };
  // Renamed into place, so that a start that is cut short leaves no half file behind.
  const draft = `${file}.${toHex(randomBytes(6))}`;
  await writeFile(draft, JSON.stringify(made), { mode: 0o600, flag: "wx" });
  await rename(draft, file);
  return made;
}

async function makeKey(): Promise<PrivateJwk> {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  return privateJwk.parse(await exportJWK(privateKey));
}

const publicPart = ({ kty, crv, x, y }: PrivateJwk): Omit<PrivateJwk, "d"> => ({ kty, crv, x, y });

async function importKey(jwk: Omit<PrivateJwk, "d">): Promise<CryptoKey> {
  const key = await importJWK(jwk, "ES256");
  if (key instanceof Uint8Array) throw new TypeError("an EC key is not symmetric");
  return key;
}
