import { decodeAttestationObject, convertAAGUIDToString } from "@simplewebauthn/server/helpers";
import type { PublicKeyCredentialCreationOptionsJSON, RegistrationResponseJSON } from "@simplewebauthn/server";
import { equalBytes, toBase64Url } from "../bytes.ts";
import { accept, refuse } from "../errors.ts";
import type { Verdict } from "../errors.ts";
import { judgeAttestation } from "./attestation.ts";
import type { AttestationMetadata } from "./attestation.ts";
import { checkAuthenticatorData } from "./authenticator-data.ts";
import { newChallenge } from "./challenge.ts";
import { checkClientData } from "./client-data.ts";
import { decoded, readCredential } from "./credential.ts";
import { algorithms, isAcceptedPublicKey } from "./public-key.ts";

export type { AttestationMetadata } from "./attestation.ts";

export interface CreationRequest {
  readonly rp: { readonly id: string; readonly name: string };
  /** `handle` is 1 to 64 octets without personal data (WebAuthn 14.6.1). */
  readonly user: { readonly handle: Uint8Array; readonly name: string; readonly displayName: string };
  /** Credential ids (base64url) the person has: the same authenticator is not registered twice. */
  readonly exclude: readonly string[];
  /** base64url; a fresh one when not given. */
  readonly challenge?: string;
}

/** Options for `navigator.credentials.create()`. */
export function creationOptions({ rp, user, exclude, challenge = newChallenge() }: CreationRequest): PublicKeyCredentialCreationOptionsJSON {
  return {
    rp: { id: rp.id, name: rp.name },
    user: { id: toBase64Url(user.handle), name: user.name, displayName: user.displayName },
    challenge,
    pubKeyCredParams: algorithms.map((alg) => ({ type: "public-key", alg })),
    timeout: 5 * 60 * 1000,
    excludeCredentials: exclude.map((id) => ({ type: "public-key", id })),
    authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
    hints: ["client-device"],
    attestation: "direct",
  };
}

export interface RegistrationCeremony {
  /** What the browser sent, unchecked. */
  readonly response: unknown;
  /** base64url, as it stood in the options. */
  readonly challenge: string;
  readonly origins: readonly string[];
  readonly rpId: string;
  /** Without it no attestation counts as verified. */
  readonly metadata?: AttestationMetadata;
}

export interface RegisteredPasskey {
  /** base64url. */
  readonly credentialId: string;
  /** COSE_Key (RFC 9052 7). */
  readonly publicKey: Uint8Array<ArrayBuffer>;
  readonly counter: number;
  readonly transports: readonly Transport[];
  readonly aaguid: string;
  readonly backupEligible: boolean;
  readonly backedUp: boolean;
  readonly attestation: "none" | "self" | "verified";
  readonly userVerified: true;
}

const transports = ["ble", "cable", "hybrid", "internal", "nfc", "smart-card", "usb"] as const;
export type Transport = (typeof transports)[number];

const maximumAttestationObject = 32 * 1024;

/**
 * The passkey that a registration response brings, checked in the order of WebAuthn 7.1. That the
 * credential id is new (step 26) and that the challenge is used once is for the caller.
 */
export async function verifyRegistration(ceremony: RegistrationCeremony): Promise<Verdict<RegisteredPasskey>> {
  const { challenge, origins, rpId, metadata } = ceremony;
  const credential = readCredential(ceremony.response);
  if (!credential.valid) return credential;
  const { id, idBytes, response } = credential.value;
  const clientData = checkClientData(response["clientDataJSON"], { type: "webauthn.create", challenge, origins });
  if (!clientData.valid) return clientData;
  const attestation = readAttestationObject(response["attestationObject"]);
  if (attestation === undefined) return refuse("passkey_response_invalid", "attestationObject");
  const authenticatorData = checkAuthenticatorData(attestation.authData, rpId);
  if (!authenticatorData.valid) return authenticatorData;

  const { flags, counter, aaguid: aaguidBytes, credentialID, credentialPublicKey } = authenticatorData.value;
  if (aaguidBytes === undefined || credentialID === undefined || credentialPublicKey === undefined) {
    return refuse("passkey_response_invalid", "authenticatorData.attestedCredentialData");
  }
  if (!equalBytes(credentialID, idBytes)) return refuse("passkey_response_invalid", "authenticatorData.credentialId");
  if (aaguidBytes.length !== 16 || !isAcceptedPublicKey(credentialPublicKey)) {
    return refuse("passkey_response_invalid", "authenticatorData.credentialPublicKey");
  }

  const aaguid = convertAAGUIDToString(aaguidBytes);
  const worth = await judgeAttestation(
    { format: attestation.format, statement: attestation.statement, aaguid },
    {
      response: asRegistrationResponse(id, response),
      expectedChallenge: challenge,
      expectedOrigin: [...origins],
      expectedRPID: rpId,
      supportedAlgorithmIDs: [...algorithms],
    },
    metadata,
  );
  if (!worth.valid) return worth;
  return accept({
    credentialId: id,
    publicKey: Uint8Array.from(credentialPublicKey),
    counter,
    transports: knownTransports(response["transports"]),
    aaguid,
    backupEligible: flags.be,
    backedUp: flags.bs,
    attestation: worth.value,
    userVerified: true,
  });
}

interface AttestationObject {
  readonly format: unknown;
  readonly statement: ReadonlyMap<unknown, unknown>;
  readonly authData: Uint8Array<ArrayBuffer>;
}

function readAttestationObject(encoded: unknown): AttestationObject | undefined {
  const bytes = decoded(encoded, maximumAttestationObject);
  if (bytes === null) return undefined;
  try {
    const object: unknown = decodeAttestationObject(bytes);
    if (!(object instanceof Map)) return undefined;
    const [format, statement, authData]: unknown[] = [object.get("fmt"), object.get("attStmt"), object.get("authData")];
    if (typeof format !== "string" || !(statement instanceof Map) || !(authData instanceof Uint8Array)) return undefined;
    return { format, statement, authData: Uint8Array.from(authData) };
  } catch {
    return undefined;
  }
}

/** The response as the library types it; both members were decoded above, so both are strings. */
function asRegistrationResponse(id: string, response: Readonly<Record<string, unknown>>): RegistrationResponseJSON {
  return {
    id,
    rawId: id,
    type: "public-key",
    clientExtensionResults: {},
    response: { clientDataJSON: String(response["clientDataJSON"]), attestationObject: String(response["attestationObject"]) },
  };
}

/** Only transports the specification names: the list goes back to browsers and says nothing else. */
function knownTransports(sent: unknown): Transport[] {
  return Array.isArray(sent) ? transports.filter((transport) => sent.includes(transport)) : [];
}
