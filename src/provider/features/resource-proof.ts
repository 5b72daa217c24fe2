import type { IncomingMessage } from "node:http";
import { calculateJwkThumbprint, compactVerify, EmbeddedJWK } from "jose";
import { toBase64Url, utf8 } from "../../bytes.ts";
import { sha256 } from "../../pki/digest.ts";
import type { ProviderPorts } from "../ports.ts";

/** Algorithms of DPoP proofs, here and at the provider's own endpoints. */
export const proofAlgorithms = ["ES256", "EdDSA", "Ed25519"] as const;

/** Seconds that a proof may be older or newer than now. */
const window = 60;

/**
 * The thumbprint of the key that proves possession with this request of ours, or null: a DPoP proof for
 * this method, address and access token, made just now and never seen before (RFC 9449 4.3).
 */
export async function provenKey({ issuer, storage, clock }: Pick<ProviderPorts, "issuer" | "storage" | "clock">, request: IncomingMessage, token: string): Promise<string | null> {
  const { dpop } = request.headers;
  if (typeof dpop !== "string" || dpop.length > 4096) return null;
  const proof = await verified(dpop);
  if (proof === null) return null;
  const { jti, htm, htu, iat, ath } = proof.claims;
  const address = `${issuer}${(request.url ?? "").split("?", 1).join("")}`;
  const now = clock();
  if (htm !== request.method || htu !== address || ath !== toBase64Url(sha256(utf8(token)))) return null;
  if (typeof iat !== "number" || !(Math.abs(now - iat) <= window)) return null;
  if (typeof jti !== "string" || jti === "" || jti.length > 128) return null;
  const isFresh = await storage.artifacts.insert("ResourceProof", `${proof.thumbprint}.${jti}`, {}, { expiresAt: now + 2 * window + 1 });
  return isFresh ? proof.thumbprint : null;
}

async function verified(dpop: string): Promise<{ claims: Readonly<Record<string, unknown>>; thumbprint: string } | null> {
  try {
    const { payload, protectedHeader } = await compactVerify(dpop, EmbeddedJWK, { algorithms: [...proofAlgorithms] });
    const { jwk, typ } = protectedHeader;
    if (jwk === undefined || typ !== "dpop+jwt") return null;
    return { claims: { ...Object(JSON.parse(new TextDecoder().decode(payload))) }, thumbprint: await calculateJwkThumbprint(jwk) };
  } catch {
    // Whatever was wrong with it, it proves nothing.
    return null;
  }
}
