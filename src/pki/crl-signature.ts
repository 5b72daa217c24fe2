import { constants, createHash, createVerify, type Hash, type Verify } from "node:crypto";
import type { AlgorithmIdentifier } from "./algorithm-identifier.ts";
import type { SubjectPublicKeyInfo } from "./certificate.ts";
import { parsePublicKey, type PublicKey } from "./public-key.ts";
import { signatureScheme, type SignatureScheme } from "./signature.ts";
import { equalBytes } from "../bytes.ts";
import { accept, refuse, type Verdict } from "../errors.ts";

type StreamableScheme = Exclude<SignatureScheme, { readonly kind: "ed25519" }>;

/** The check of a signature over octets that are not kept. */
export interface StreamedSignature {
  /** Begins with the algorithm; gives where the signed octets go. */
  readonly begin: (algorithm: AlgorithmIdentifier) => Verdict<(signed: Uint8Array) => void>;
  /** To be called once, after {@link begin} and the last octet. */
  readonly finish: (signature: Uint8Array) => {
    readonly digest: Uint8Array<ArrayBuffer>;
    /** Answers for the first key it is asked about; another one is `bad_signature`. */
    readonly isSignedBy: (publicKey: SubjectPublicKeyInfo) => Verdict<true>;
  };
}

interface Running {
  readonly scheme: StreamableScheme;
  readonly verify: Verify;
  readonly hash: Hash;
}

export function streamedSignature(): StreamedSignature {
  let running: Running | null = null;
  return {
    begin(algorithm) {
      const scheme = signatureScheme(algorithm);
      if (!scheme.valid) return scheme;
      if (scheme.value.kind === "ed25519") return refuse("unsupported_algorithm", "Ed25519 over a stream");
      const begun = { scheme: scheme.value, verify: createVerify(scheme.value.digest), hash: createHash("sha256") };
      running = begun;
      return accept((signed) => {
        begun.verify.update(signed);
        begun.hash.update(signed);
      });
    },
    finish(signature) {
      const ended = running;
      const digest = ended === null ? new Uint8Array() : Uint8Array.from(ended.hash.digest());
      let asked: { readonly key: Uint8Array; readonly verdict: Verdict<true> } | null = null;
      return {
        digest,
        isSignedBy(publicKey) {
          asked ??= { key: publicKey.spki, verdict: ended === null ? refuse("bad_signature", "nothing signed") : judge(ended, publicKey, signature) };
          return equalBytes(asked.key, publicKey.spki) ? asked.verdict : refuse("bad_signature", "asked about another key before");
        },
      };
    },
  };
}

function judge({ scheme, verify }: Running, publicKey: SubjectPublicKeyInfo, signature: Uint8Array): Verdict<true> {
  const key = parsePublicKey(publicKey);
  if (!key.valid) return key;
  return holds(scheme, verify, key.value, signature) ? accept(true) : refuse("bad_signature", scheme.kind);
}

/** As `signature.ts` has it for octets in memory; an RSA signature is as long as the modulus, to the octet. */
function holds(scheme: StreamableScheme, verify: Verify, key: PublicKey, signature: Uint8Array): boolean {
  switch (scheme.kind) {
    case "rsa-pkcs1":
      if (key.kind !== "rsa" || signature.length !== key.modulus.length) return false;
      return verify.verify({ key: key.key, padding: constants.RSA_PKCS1_PADDING }, signature);
    case "rsa-pss":
      if (key.kind !== "rsa" || signature.length !== key.modulus.length) return false;
      return verify.verify({ key: key.key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: scheme.saltLength }, signature);
    case "ecdsa":
      return key.kind === "ec" && signature.length <= maximumEcdsaOctets && verify.verify({ key: key.key, dsaEncoding: "der" }, signature);
  }
}

/** DER of r and s of P-521. */
const maximumEcdsaOctets = 139;
