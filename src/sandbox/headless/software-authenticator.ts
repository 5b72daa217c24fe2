import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from "@simplewebauthn/server";
import { isoCBOR } from "@simplewebauthn/server/helpers";
import { concatBytes, fromBase64Url, toBase64Url, utf8 } from "../../bytes.ts";

export type CoseAlgorithm = -7 | -8 | -257 | -35;

export interface AuthenticatorSettings {
  readonly userPresent: boolean;
  readonly userVerified: boolean;
  readonly backupEligible: boolean;
  readonly backedUp: boolean;
  readonly attestation: "none" | "packed-self" | AttestationKey;
  /** Used when the options offer it, else the first algorithm they offer. */
  readonly algorithm: CoseAlgorithm;
  /** 16 octets. */
  readonly aaguid: Uint8Array;
  /** How far the counter moves at each signature; 0 for an authenticator that does not count. */
  readonly counterStep: number;
}

/** A batch attestation key and its certificates, the authenticator's own first, each DER. */
export interface AttestationKey {
  readonly privateKey: KeyObject;
  readonly x5c: readonly Uint8Array[];
}

/** Changes made before anything is signed, so that only the one check they aim at can refuse. */
export interface Tampering {
  readonly clientData?: (clientData: Record<string, unknown>) => unknown;
  readonly authenticatorData?: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>;
  readonly attestationObject?: (object: Map<string, unknown>) => unknown;
  /** Taken instead of what the options offer. */
  readonly algorithm?: CoseAlgorithm;
}

interface StoredCredential {
  readonly id: Uint8Array<ArrayBuffer>;
  readonly rpId: string;
  readonly userHandle: string;
  readonly privateKey: KeyObject;
  readonly algorithm: CoseAlgorithm;
  counter: number;
}

export const defaultSettings: AuthenticatorSettings = {
  userPresent: true,
  userVerified: true,
  backupEligible: true,
  backedUp: true,
  attestation: "none",
  algorithm: -7,
  aaguid: new Uint8Array(16),
  counterStep: 0,
};

/**
 * An authenticator and its browser in one: answers creation and request options as
 * `navigator.credentials` would, with real keys and signatures, for a page at `origin`.
 */
export class SoftwareAuthenticator {
  /** May be changed between ceremonies. */
  settings: AuthenticatorSettings;
  readonly credentials: StoredCredential[] = [];

  constructor(settings: Partial<AuthenticatorSettings> = {}) {
    this.settings = { ...defaultSettings, ...settings };
  }

  /** `navigator.credentials.create()`. */
  create(options: PublicKeyCredentialCreationOptionsJSON, origin: string, tampering: Tampering = {}): RegistrationResponseJSON {
    const { settings } = this;
    const rpId = options.rp.id ?? new URL(origin).hostname;
    if (options.excludeCredentials?.some(({ id }) => this.#find(rpId, id) !== undefined)) throw new Error("InvalidStateError: already registered");
    const offered = options.pubKeyCredParams.map(({ alg }) => alg);
    const algorithm = tampering.algorithm ?? (offered.includes(settings.algorithm) ? settings.algorithm : offered.find(isKnown));
    if (algorithm === undefined) throw new Error("NotSupportedError: no common algorithm");

    const { privateKey, publicKey } = newKeyPair(algorithm);
    const credential: StoredCredential = { id: random(16), rpId, userHandle: options.user.id, privateKey, algorithm, counter: 0 };
    this.credentials.push(credential);
    const attested = concatBytes(settings.aaguid, Uint8Array.of(0, credential.id.length), credential.id, coseKey(publicKey, algorithm));
    const authData = applied(tampering.authenticatorData, this.#authenticatorData(credential, attested));
    const clientDataJSON = clientData("webauthn.create", options.challenge, origin, tampering);
    const object = new Map<string, unknown>([
      ...this.#attestation(credential, authData, clientDataJSON),
      ["authData", authData],
    ]);
    return {
      ...envelope(credential.id),
      response: {
        clientDataJSON: toBase64Url(clientDataJSON),
        attestationObject: toBase64Url(cbor(applied<unknown, Map<string, unknown>>(tampering.attestationObject, object))),
        transports: ["internal", "hybrid"],
      },
    };
  }

  /** `navigator.credentials.get()`: the newest passkey that the options allow. */
  get(options: PublicKeyCredentialRequestOptionsJSON, origin: string, tampering: Tampering = {}): AuthenticationResponseJSON {
    const rpId = options.rpId ?? new URL(origin).hostname;
    const allowed = options.allowCredentials ?? [];
    const credential = this.credentials.findLast((stored) => stored.rpId === rpId && (allowed.length === 0 || allowed.some(({ id }) => id === toBase64Url(stored.id))));
    if (credential === undefined) throw new Error("NotAllowedError: no passkey for this site");
    const authData = applied(tampering.authenticatorData, this.#authenticatorData(credential));
    const clientDataJSON = clientData("webauthn.get", options.challenge, origin, tampering);
    return {
      ...envelope(credential.id),
      response: {
        clientDataJSON: toBase64Url(clientDataJSON),
        authenticatorData: toBase64Url(authData),
        signature: toBase64Url(signedBy(credential.privateKey, authData, clientDataJSON)),
        userHandle: credential.userHandle,
      },
    };
  }

  #find(rpId: string, id: string): StoredCredential | undefined {
    return this.credentials.find((stored) => stored.rpId === rpId && toBase64Url(stored.id) === id);
  }

  /** WebAuthn 6.1: RP ID hash, flags, counter and, at registration, the credential. */
  #authenticatorData(credential: StoredCredential, attested?: Uint8Array): Uint8Array<ArrayBuffer> {
    const { userPresent, userVerified, backupEligible, backedUp, counterStep } = this.settings;
    credential.counter += counterStep;
    const flags =
      (userPresent ? 0x01 : 0) | (userVerified ? 0x04 : 0) | (backupEligible ? 0x08 : 0) | (backedUp ? 0x10 : 0) | (attested ? 0x40 : 0);
    const counter = new Uint8Array(4);
    new DataView(counter.buffer).setUint32(0, credential.counter);
    return concatBytes(sha256(utf8(credential.rpId)), Uint8Array.of(flags), counter, attested ?? new Uint8Array());
  }

  #attestation(credential: StoredCredential, authData: Uint8Array, clientDataJSON: Uint8Array): [string, unknown][] {
    const { attestation } = this.settings;
    if (attestation === "none") return [["fmt", "none"], ["attStmt", new Map()]];
    if (attestation === "packed-self") {
      const sig = signedBy(credential.privateKey, authData, clientDataJSON);
      return [["fmt", "packed"], ["attStmt", new Map<string, unknown>([["alg", credential.algorithm], ["sig", sig]])]];
    }
    const sig = signedBy(attestation.privateKey, authData, clientDataJSON);
    return [["fmt", "packed"], ["attStmt", new Map<string, unknown>([["alg", -7], ["sig", sig], ["x5c", [...attestation.x5c]]])]];
  }
}

const envelope = (id: Uint8Array) => ({ id: toBase64Url(id), rawId: toBase64Url(id), type: "public-key", clientExtensionResults: {} }) as const;

function clientData(type: string, challenge: string, origin: string, tampering: Tampering): Uint8Array<ArrayBuffer> {
  const honest: Record<string, unknown> = { type, challenge, origin, crossOrigin: false };
  return utf8(JSON.stringify(applied<unknown, Record<string, unknown>>(tampering.clientData, honest)));
}

const applied = <Out, In extends Out>(change: ((value: In) => Out) | undefined, value: In): Out => (change === undefined ? value : change(value));
const isKnown = (alg: number): alg is CoseAlgorithm => alg === -7 || alg === -8 || alg === -257 || alg === -35;
const random = (length: number): Uint8Array<ArrayBuffer> => Uint8Array.from(randomBytes(length));
export const sha256 = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => Uint8Array.from(createHash("sha256").update(bytes).digest());
export const cbor = (value: unknown): Uint8Array<ArrayBuffer> => Uint8Array.from(isoCBOR.encode(value as Parameters<typeof isoCBOR.encode>[0]));

function signedBy(privateKey: KeyObject, authData: Uint8Array, clientDataJSON: Uint8Array): Uint8Array<ArrayBuffer> {
  const hash = privateKey.asymmetricKeyType === "ed25519" ? null : "sha256";
  return Uint8Array.from(sign(hash, concatBytes(authData, sha256(clientDataJSON)), privateKey));
}

function newKeyPair(algorithm: CoseAlgorithm) {
  if (algorithm === -8) return generateKeyPairSync("ed25519");
  if (algorithm === -257) return generateKeyPairSync("rsa", { modulusLength: 2048 });
  return generateKeyPairSync("ec", { namedCurve: algorithm === -35 ? "P-384" : "P-256" });
}

/** COSE_Key (RFC 9052 7, RFC 8230 4). */
function coseKey(publicKey: KeyObject, algorithm: CoseAlgorithm): Uint8Array<ArrayBuffer> {
  const jwk = publicKey.export({ format: "jwk" });
  const octets = (text: string | undefined): Uint8Array => fromBase64Url(text ?? "") ?? new Uint8Array();
  if (algorithm === -8) return cbor(new Map<number, unknown>([[1, 1], [3, -8], [-1, 6], [-2, octets(jwk.x)]]));
  if (algorithm === -257) return cbor(new Map<number, unknown>([[1, 3], [3, -257], [-1, octets(jwk.n)], [-2, octets(jwk.e)]]));
  const curve = algorithm === -35 ? 2 : 1;
  return cbor(new Map<number, unknown>([[1, 2], [3, algorithm], [-1, curve], [-2, octets(jwk.x)], [-3, octets(jwk.y)]]));
}
