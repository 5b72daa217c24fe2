import { createHash } from "node:crypto";
import { parseAuthenticatorData } from "@simplewebauthn/server/helpers";
import { equalBytes, utf8 } from "../bytes.ts";
import { accept, refuse } from "../errors.ts";
import type { Verdict } from "../errors.ts";

export type AuthenticatorData = ReturnType<typeof parseAuthenticatorData>;

/** The SHA-256 digest, as authenticators make it of the RP ID and of the client data. */
export const sha256 = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => Uint8Array.from(createHash("sha256").update(bytes).digest());

/**
 * The authenticator data, once made for `rpId` with the user present and verified and with backup flags
 * that can be (WebAuthn 7.1 steps 14 to 17, which are 7.2 steps 15 to 18).
 */
export function checkAuthenticatorData(bytes: Uint8Array<ArrayBuffer>, rpId: string): Verdict<AuthenticatorData> {
  const data = parse(bytes);
  if (data === undefined) return refuse("passkey_response_invalid", "authenticatorData");
  const { rpIdHash, flags } = data;
  if (!equalBytes(rpIdHash, sha256(utf8(rpId)))) return refuse("passkey_origin_mismatch", "authenticatorData.rpIdHash");
  if (!flags.up) return refuse("passkey_user_verification_missing", "authenticatorData.flags.up");
  if (!flags.uv) return refuse("passkey_user_verification_missing", "authenticatorData.flags.uv");
  if (flags.bs && !flags.be) return refuse("passkey_response_invalid", "authenticatorData.flags.bs");
  return accept(data);
}

function parse(bytes: Uint8Array<ArrayBuffer>): AuthenticatorData | undefined {
  try {
    return parseAuthenticatorData(bytes);
  } catch {
    return undefined;
  }
}
