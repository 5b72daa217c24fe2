import type { PublicKeyCredentialRequestOptionsJSON } from "@simplewebauthn/server";
import { concatBytes, equalBytes } from "../bytes.ts";
import { accept, refuse } from "../errors.ts";
import type { Verdict } from "../errors.ts";
import { checkAuthenticatorData, sha256 } from "./authenticator-data.ts";
import { newChallenge } from "./challenge.ts";
import { checkClientData } from "./client-data.ts";
import { decoded, readCredential } from "./credential.ts";
import { isSignedBy } from "./public-key.ts";

export interface AuthenticationRequest {
  readonly rpId: string;
  /** Credential ids (base64url); without any, every discoverable passkey may answer. */
  readonly allow?: readonly string[];
  /** base64url; a fresh one when not given. */
  readonly challenge?: string;
}

/** Options for `navigator.credentials.get()`. */
export function requestOptions({ rpId, allow = [], challenge = newChallenge() }: AuthenticationRequest): PublicKeyCredentialRequestOptionsJSON {
  return {
    rpId,
    challenge,
    allowCredentials: allow.map((id) => ({ type: "public-key", id })),
    timeout: 5 * 60 * 1000,
    userVerification: "required",
  };
}

/** What was recorded of the passkey that the response names. */
export interface StoredPasskey {
  /** base64url. */
  readonly credentialId: string;
  /** COSE_Key, as {@link verifyRegistration} gave it. */
  readonly publicKey: Uint8Array;
  readonly counter: number;
  readonly backupEligible: boolean;
  /** The handle of its person. */
  readonly userHandle: Uint8Array;
}

export interface AuthenticationCeremony {
  /** What the browser sent, unchecked. */
  readonly response: unknown;
  /** base64url, as it stood in the options. */
  readonly challenge: string;
  readonly origins: readonly string[];
  readonly rpId: string;
  readonly passkey: StoredPasskey;
  /** The ids the options allowed. Without any, the authenticator must say whose passkey it is. */
  readonly allow?: readonly string[];
}

export interface Assertion {
  readonly userVerified: true;
  /** To be stored with `backedUp`. */
  readonly counter: number;
  readonly backedUp: boolean;
  readonly backupEligible: boolean;
}

const maximumAuthenticatorData = 4096;
const maximumSignature = 1024;
const maximumUserHandle = 64;

/** The credential id (base64url) that an unchecked response names, to look the passkey up by. */
export function credentialIdOf(response: unknown): Verdict<string> {
  const credential = readCredential(response);
  return credential.valid ? accept(credential.value.id) : credential;
}

/**
 * The assertion in an authentication response, checked in the order of WebAuthn 7.2. That the challenge
 * is used once and that the passkey is active is for the caller.
 */
export function verifyAuthentication(ceremony: AuthenticationCeremony): Verdict<Assertion> {
  const { challenge, origins, rpId, passkey, allow = [] } = ceremony;
  const credential = readCredential(ceremony.response);
  if (!credential.valid) return credential;
  const { id, response } = credential.value;
  if (id !== passkey.credentialId || (allow.length > 0 && !allow.includes(id))) return refuse("passkey_unknown", "credential.id");
  const owner = checkUserHandle(response["userHandle"], passkey.userHandle, allow.length > 0);
  if (!owner.valid) return owner;

  const clientData = checkClientData(response["clientDataJSON"], { type: "webauthn.get", challenge, origins });
  if (!clientData.valid) return clientData;
  const authenticatorBytes = decoded(response["authenticatorData"], maximumAuthenticatorData);
  if (authenticatorBytes === null) return refuse("passkey_response_invalid", "authenticatorData");
  const authenticatorData = checkAuthenticatorData(authenticatorBytes, rpId);
  if (!authenticatorData.valid) return authenticatorData;
  const { flags, counter } = authenticatorData.value;
  if (flags.be !== passkey.backupEligible) return refuse("passkey_response_invalid", "authenticatorData.flags.be");

  const signature = decoded(response["signature"], maximumSignature);
  const signed = concatBytes(authenticatorBytes, sha256(clientData.value));
  if (signature === null || !isSignedBy(Uint8Array.from(passkey.publicKey), signed, signature)) return refuse("passkey_response_invalid", "signature");
  // A synced passkey is copied by design, and each copy may count for itself (WebAuthn 6.1.1).
  const counts = !flags.be && (counter > 0 || passkey.counter > 0);
  if (counts && counter <= passkey.counter) return refuse("passkey_counter_regressed", "authenticatorData.signCount");
  return accept({ userVerified: true, counter, backedUp: flags.bs, backupEligible: flags.be });
}

/** Whose passkey the authenticator says it is (7.2 step 6). Browsers send `null` where they know of no handle. */
function checkUserHandle(sent: unknown, expected: Uint8Array, wasIdentified: boolean): Verdict<null> {
  if (sent === undefined || sent === null) return wasIdentified ? accept(null) : refuse("passkey_response_invalid", "userHandle");
  const handle = decoded(sent, maximumUserHandle);
  if (handle === null) return refuse("passkey_response_invalid", "userHandle");
  return equalBytes(handle, expected) ? accept(null) : refuse("passkey_of_another_person", "userHandle");
}
