import { accept, refuse } from "../errors.ts";
import type { Verdict } from "../errors.ts";
import { decoded, isRecord } from "./credential.ts";

export interface ExpectedClientData {
  readonly type: "webauthn.create" | "webauthn.get";
  /** base64url, as it stood in the options. */
  readonly challenge: string;
  /** Exact origins, scheme and port included; an Android app's origin is `android:apk-key-hash:...`. */
  readonly origins: readonly string[];
}

const maximumLength = 4096;

/**
 * The octets of the client data, once it says what we expect: WebAuthn 7.1 steps 5 to 11, which are
 * 7.2 steps 8 to 14. A page framed by another origin is refused.
 */
export function checkClientData(encoded: unknown, expected: ExpectedClientData): Verdict<Uint8Array<ArrayBuffer>> {
  const bytes = decoded(encoded, maximumLength);
  if (bytes === null) return refuse("passkey_response_invalid", "clientDataJSON");
  const clientData = parse(bytes);
  if (!isRecord(clientData)) return refuse("passkey_response_invalid", "clientDataJSON");
  const { type, challenge, origin, crossOrigin, topOrigin } = clientData;
  if (type !== expected.type) return refuse("passkey_response_invalid", "clientData.type");
  if (challenge !== expected.challenge) return refuse("passkey_challenge_unknown", "clientData.challenge");
  if (typeof origin !== "string" || !expected.origins.includes(origin)) return refuse("passkey_origin_mismatch", "clientData.origin");
  if (crossOrigin !== undefined && crossOrigin !== false) return refuse("passkey_origin_mismatch", "clientData.crossOrigin");
  if (topOrigin !== undefined) return refuse("passkey_origin_mismatch", "clientData.topOrigin");
  return accept(bytes);
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
