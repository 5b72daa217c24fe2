import { calculateJwkThumbprint, compactVerify, EmbeddedJWK, type JWK } from "jose";
import { Refusal } from "../errors.ts";
import type { Storage } from "../storage/index.ts";

const window = 60;

/** What a DPoP proof must be about. */
export interface ProofTarget {
  readonly method: string;
  /** Full URL without query and fragment. */
  readonly url: string;
  readonly now: number;
}

/**
 * Checks a DPoP proof by the transaction's ephemeral key (RFC 9449 4.3): ES256, this method and URL,
 * made within a minute of now, never seen before.
 * @returns the RFC 7638 thumbprint of the key.
 * @throws Refusal `device_proof_invalid`, `device_proof_used`.
 */
export async function verifyDeviceProof(proof: string | undefined, target: ProofTarget, storage: Storage): Promise<string> {
  if (proof === undefined || proof.length > 2048) throw new Refusal("device_proof_invalid", "DPoP header missing or too long");
  const { payload, jwk } = await verified(proof);
  const { jti, htm, htu, iat } = payload;
  if (typeof jti !== "string" || jti.length < 8 || jti.length > 128) throw new Refusal("device_proof_invalid", "jti");
  if (htm !== target.method || htu !== target.url) throw new Refusal("device_proof_invalid", "htm or htu");
  if (typeof iat !== "number" || Math.abs(target.now - iat) > window) throw new Refusal("device_proof_invalid", "iat");
  const thumbprint = await calculateJwkThumbprint(jwk, "sha256");
  const fresh = await storage.artifacts.insert("DeviceProof", `${thumbprint}.${jti}`, {}, { expiresAt: target.now + 2 * window + 1 });
  if (!fresh) throw new Refusal("device_proof_used", "jti");
  return thumbprint;
}

async function verified(proof: string): Promise<{ payload: Record<string, unknown>; jwk: JWK }> {
  try {
    const { payload, protectedHeader } = await compactVerify(proof, EmbeddedJWK, { algorithms: ["ES256"] });
    const claims: unknown = JSON.parse(new TextDecoder().decode(payload));
    const { jwk, typ } = protectedHeader;
    if (jwk !== undefined && typ === "dpop+jwt" && isRecord(claims)) return { payload: claims, jwk };
  } catch {
    // Whatever was wrong with it, it proves nothing.
  }
  throw new Refusal("device_proof_invalid", "signature or header");
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
