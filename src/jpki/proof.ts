import { type EnrolmentStatement, statementBytes } from "@jpki-bridge/client-sdk";
import type { JpkiCertificate } from "./certificate.ts";
import { type EcPublicKey, parsePublicKey, type PublicKey, type RsaPublicKey } from "../pki/public-key.ts";
import { isEcdsaP1363Signature, isRsaPkcs1Signature } from "../pki/signature.ts";
import { accept, refuse, type Verdict } from "../errors.ts";

/**
 * Whether the holder of the certificate's key signed this statement. The octets are built anew from the
 * bridge's own record: nothing the device sends but the signature takes part.
 *
 * Possession alone is judged: the certificate may still be expired or of a stranger, so that whoever
 * cannot sign learns nothing about it.
 *
 * RSA keys sign by RSASSA-PKCS1-v1_5 with SHA-256; EC keys by ECDSA with SHA-256, r and s side by side
 * (IEEE P1363). Refuses with `proof_invalid`, or `proof_algorithm_refused` for any other key.
 */
export function verifyProof(input: {
  readonly statement: EnrolmentStatement;
  readonly certificate: Pick<JpkiCertificate, "certificate" | "profile">;
  readonly signature: Uint8Array;
}): Verdict<true> {
  const { publicKey } = input.certificate.certificate;
  const key = parsePublicKey(publicKey);
  if (!key.valid) return refuse("proof_algorithm_refused", key.at);
  if (!mayProve(key.value, input.certificate)) return refuse("proof_algorithm_refused", key.value.kind);
  return isSignedBy(key.value, statementBytes(input.statement), input.signature)
    ? accept(true)
    : refuse("proof_invalid", `${key.value.kind} signature`);
}

function mayProve(key: PublicKey, { profile }: Pick<JpkiCertificate, "profile">): key is RsaPublicKey | EcPublicKey {
  if (key.kind === "rsa") return profile.algorithms.minimumRsaBits !== null;
  return key.kind === "ec" && profile.algorithms.curves.includes(key.curve);
}

function isSignedBy(key: RsaPublicKey | EcPublicKey, data: Uint8Array, signature: Uint8Array): boolean {
  if (key.kind === "rsa") return isRsaPkcs1Signature(key, "sha256", data, signature);
  return isEcdsaP1363Signature(key, "sha256", data, signature);
}
