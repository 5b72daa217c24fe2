/**
 * The WebAuthn structures in JSON (Web Authentication Level 3, 5.1.8 and 5.1.9), as far as they pass through here. They
 * fit `PublicKeyCredential.parseCreationOptionsFromJSON`, @simplewebauthn/browser and the credential
 * managers of the platforms.
 */

export interface PasskeyCreationOptions {
  rp: { id?: string; name: string };
  user: { id: string; name: string; displayName: string };
  challenge: string;
  pubKeyCredParams: { type: "public-key"; alg: number }[];
  timeout?: number;
  excludeCredentials?: { type: "public-key"; id: string; transports?: AuthenticatorTransport[] }[];
  authenticatorSelection?: AuthenticatorSelectionCriteria;
  hints?: ("client-device" | "hybrid" | "security-key")[];
  attestation?: AttestationConveyancePreference;
  extensions?: { credProps?: boolean };
}

/** RegistrationResponseJSON: whatever else the platform put in goes to the bridge as it is. */
export interface PasskeyCredential {
  readonly id: string;
  readonly rawId: string;
  readonly type: string;
  readonly response: { readonly clientDataJSON: string; readonly attestationObject: string };
}

/**
 * Runs the registration ceremony: `navigator.credentials.create` on a page, the credential manager in an app.
 * `signal` ends it; what comes after that is not used.
 */
export type CreateCredential = (options: PasskeyCreationOptions, ceremony: { readonly signal: AbortSignal | undefined }) => Promise<PasskeyCredential>;
