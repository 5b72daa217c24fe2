/**
 * WebAuthn signals (Web Authentication Level 3, 5.1.10): tell the browser's passkey manager what the
 * server no longer knows, so that it stops offering it. Only a courtesy, so failures are let be.
 */
import { sendSignal } from "@simplewebauthn/browser";

/** The server knows no such passkey. Identifiers in base64url, here and below. */
export function forgetPasskey(rpID: string, credentialID: string): Promise<void> {
  return courtesy({ signalName: "unknownCredential", rpID, credentialID });
}

/** These are all the passkeys that the server still takes from this person. */
export function keepOnly(rpID: string, userID: string, allAcceptedCredentialIDs: string[]): Promise<void> {
  return courtesy({ signalName: "allAcceptedCredentials", rpID, userID, allAcceptedCredentialIDs });
}

async function courtesy(signal: Parameters<typeof sendSignal>[0]): Promise<void> {
  try {
    await sendSignal(signal);
  } catch {
    // This browser knows no signals, or keeps passkeys elsewhere.
  }
}
