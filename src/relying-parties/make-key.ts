import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from "jose";
import type { FapiAlgorithm } from "./fapi.ts";

export interface MadeKey {
  readonly publicKey: JWK;
  readonly privateKey: JWK;
}

/** A key pair for a relying party; its `kid` is the thumbprint (RFC 7638). */
export async function makeClientKey(algorithm: FapiAlgorithm): Promise<MadeKey> {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true, ...(algorithm === "PS256" && { modulusLength: 3072 }) });
  const shared = { alg: algorithm, use: "sig", kid: await calculateJwkThumbprint(await exportJWK(publicKey)) };
  return { publicKey: { ...(await exportJWK(publicKey)), ...shared }, privateKey: { ...(await exportJWK(privateKey)), ...shared } };
}
