import { fromBase64Url } from "../bytes.ts";
import { accept, refuse } from "../errors.ts";
import type { Verdict } from "../errors.ts";

/** A `RegistrationResponseJSON` or `AuthenticationResponseJSON` whose envelope was checked (WebAuthn 5.1). */
export interface Credential {
  /** base64url. */
  readonly id: string;
  readonly idBytes: Uint8Array<ArrayBuffer>;
  /** The authenticator's answer; its members are still unchecked. */
  readonly response: Readonly<Record<string, unknown>>;
}

/** Octets a credential id may have (WebAuthn 7.1 step 25). */
const maximumIdLength = 1023;

/** The credential in what a browser sent. Takes anything; refuses with `passkey_response_invalid`. */
export function readCredential(sent: unknown): Verdict<Credential> {
  if (!isRecord(sent)) return refuse("passkey_response_invalid", "credential");
  const { id, rawId, type, response } = sent;
  if (type !== "public-key") return refuse("passkey_response_invalid", "credential.type");
  if (typeof id !== "string" || id !== rawId) return refuse("passkey_response_invalid", "credential.id");
  const idBytes = decoded(id, maximumIdLength);
  if (idBytes === null || idBytes.length === 0) return refuse("passkey_response_invalid", "credential.id");
  if (!isRecord(response)) return refuse("passkey_response_invalid", "credential.response");
  return accept({ id, idBytes, response });
}

/** The octets of a base64url member, at most `maximum` of them; `null` for anything else. */
export function decoded(member: unknown, maximum: number): Uint8Array<ArrayBuffer> | null {
  if (typeof member !== "string" || member.length > Math.ceil((maximum * 4) / 3)) return null;
  return fromBase64Url(member);
}

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
