import type { AuthenticationResponseJSON, RegistrationResponseJSON } from "@simplewebauthn/server";
import type { Verdict } from "../../src/errors.ts";
import { creationOptions, requestOptions, verifyAuthentication, verifyRegistration } from "../../src/passkeys/index.ts";
import type { Assertion, AttestationMetadata, RegisteredPasskey, StoredPasskey } from "../../src/passkeys/index.ts";
import { SoftwareAuthenticator } from "./software-authenticator.ts";
import type { AuthenticatorSettings, Tampering } from "./software-authenticator.ts";

export const origin = "https://id.example";
export const rpId = "id.example";
export const origins = [origin, "https://www.id.example"];
export const userHandle = Uint8Array.from({ length: 32 }, (_, index) => index);

export const creation = () =>
  creationOptions({ rp: { id: rpId, name: "Example ID" }, user: { handle: userHandle, name: "Example ID", displayName: "Example ID" }, exclude: [] });

/** A whole registration; `altered` changes what the browser sends after everything was signed. */
export async function register(
  settings: Partial<AuthenticatorSettings> = {},
  attack: { readonly tampering?: Tampering; readonly altered?: (response: RegistrationResponseJSON) => unknown; readonly metadata?: AttestationMetadata } = {},
): Promise<{ readonly authenticator: SoftwareAuthenticator; readonly verdict: Verdict<RegisteredPasskey> }> {
  const authenticator = new SoftwareAuthenticator(settings);
  const options = creation();
  const sent = authenticator.create(options, origin, attack.tampering);
  const response = attack.altered === undefined ? sent : attack.altered(sent);
  const { metadata } = attack;
  const verdict = await verifyRegistration({ response, challenge: options.challenge, origins, rpId, ...(metadata && { metadata }) });
  return { authenticator, verdict };
}

/** A registered passkey with its authenticator, ready to sign in. */
export async function registered(settings: Partial<AuthenticatorSettings> = {}): Promise<{ readonly authenticator: SoftwareAuthenticator; readonly passkey: StoredPasskey }> {
  const { authenticator, verdict } = await register(settings);
  if (!verdict.valid) throw new Error(`${verdict.code} at ${verdict.at}`);
  return { authenticator, passkey: { ...verdict.value, userHandle } };
}

export interface AssertionAttack {
  readonly tampering?: Tampering;
  readonly altered?: (response: AuthenticationResponseJSON) => unknown;
  readonly passkey?: (stored: StoredPasskey) => StoredPasskey;
  readonly allow?: readonly string[];
}

/** A whole sign-in with a registered passkey. */
export async function signIn(authenticator: SoftwareAuthenticator, passkey: StoredPasskey, attack: AssertionAttack = {}): Promise<Verdict<Assertion>> {
  const options = requestOptions({ rpId, allow: [] });
  const sent = authenticator.get(options, origin, attack.tampering);
  const { allow } = attack;
  return verifyAuthentication({
    response: attack.altered === undefined ? sent : attack.altered(sent),
    challenge: options.challenge,
    origins,
    rpId,
    passkey: attack.passkey === undefined ? passkey : attack.passkey(passkey),
    ...(allow && { allow }),
  });
}

/** What a verdict says in one word, for tables. */
export const outcome = (verdict: Verdict<unknown>): string => (verdict.valid ? "accepted" : `${verdict.code} ${verdict.at}`);

/** The same base64url text with one bit of one octet turned over, counted from the end. */
export function flipped(text: string, fromEnd = 1): string {
  const bytes = Buffer.from(text, "base64url");
  const index = bytes.length - fromEnd;
  bytes[index] = (bytes[index] ?? 0) ^ 1;
  return bytes.toString("base64url");
}
