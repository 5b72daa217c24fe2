import { constants, createHash, createVerify, type Hash, type Verify } from "node:crypto";
import type { AlgorithmIdentifier } from "./algorithm-identifier.ts";
import type { SubjectPublicKeyInfo } from "./certificate.ts";
import { parsePublicKey, type PublicKey } from "./public-key.ts";
import { signatureScheme, type SignatureScheme, verifySignature } from "./signature.ts";
import { equalBytes } from "../bytes.ts";
import { accept, refuse, type Verdict } from "../errors.ts";

/** Where signed octets go while they arrive, and what becomes of them. */
interface SignatureCheck {
  readonly update: (signed: Uint8Array) => void;
  /** To be called once, after the last octet. */
  readonly verify: (publicKey: SubjectPublicKeyInfo, signature: Uint8Array) => Verdict<true>;
}

/** The check of a signature over octets that arrive part by part. */
export interface StreamedSignature {
  /** Begins with the algorithm and the number of octets that are signed; gives where these go. */
  readonly begin: (algorithm: AlgorithmIdentifier, signedLength: number) => Verdict<(signed: Uint8Array) => void>;
  /** To be called once, after {@link begin} and the last octet. */
  readonly finish: (signature: Uint8Array) => {
    readonly digest: Uint8Array<ArrayBuffer>;
    /** Answers for the first key it is asked about; another one is `bad_signature`. */
    readonly isSignedBy: (publicKey: SubjectPublicKeyInfo) => Verdict<true>;
  };
}

/** Ed25519 hashes a message twice (RFC 8032 5.1.7), so its octets are kept until they are checked: so many at most. */
export const maximumKeptLength = 16 * 1024 * 1024;

export function streamedSignature(): StreamedSignature {
  let running: { readonly check: SignatureCheck; readonly hash: Hash } | null = null;
  return {
    begin(algorithm, signedLength) {
      const check = beginCheck(algorithm, signedLength);
      if (!check.valid) return check;
      const begun = { check: check.value, hash: createHash("sha256") };
      running = begun;
      return accept((signed) => {
        begun.check.update(signed);
        begun.hash.update(signed);
      });
    },
    finish(signature) {
      let check = running?.check ?? null;
      const digest = running === null ? new Uint8Array() : Uint8Array.from(running.hash.digest());
      let asked: { readonly key: Uint8Array; readonly verdict: Verdict<true> } | null = null;
      running = null;
      return {
        digest,
        isSignedBy(publicKey) {
          asked ??= { key: publicKey.spki, verdict: check?.verify(publicKey, signature) ?? refuse("bad_signature", "nothing signed") };
          // Whatever the check kept is of no further use.
          check = null;
          return equalBytes(asked.key, publicKey.spki) ? asked.verdict : refuse("bad_signature", "asked about another key before");
        },
      };
    },
  };
}

function beginCheck(algorithm: AlgorithmIdentifier, signedLength: number): Verdict<SignatureCheck> {
  const scheme = signatureScheme(algorithm);
  if (!scheme.valid) return scheme;
  switch (scheme.value.kind) {
    case "ed25519":
      return signedLength > maximumKeptLength
        ? refuse("crl_too_large", `tbsCertList of ${signedLength} octets signed by Ed25519, which is checked over at most ${maximumKeptLength}`)
        : accept(keepingCheck(algorithm, signedLength));
    case "dsa":
      return refuse("weak_algorithm", "DSA over a stream");
    default:
      return accept(incrementalCheck(scheme.value));
  }
}

function keepingCheck(algorithm: AlgorithmIdentifier, signedLength: number): SignatureCheck {
  const data = new Uint8Array(signedLength);
  let kept = 0;
  return {
    update(signed) {
      data.set(signed, kept);
      kept += signed.length;
    },
    verify: (publicKey, signature) => verifySignature({ algorithm, publicKey, data, signature }),
  };
}

type IncrementalScheme = Exclude<SignatureScheme, { readonly kind: "ed25519" | "dsa" }>;

function incrementalCheck(scheme: IncrementalScheme): SignatureCheck {
  const running = createVerify(scheme.digest);
  return {
    update: (signed) => running.update(signed),
    verify(publicKey, signature) {
      const key = parsePublicKey(publicKey);
      if (!key.valid) return key;
      return holds(scheme, running, key.value, signature) ? accept(true) : refuse("bad_signature", scheme.kind);
    },
  };
}

/** As `signature.ts` has it for octets in memory; an RSA signature is as long as the modulus, to the octet. */
function holds(scheme: IncrementalScheme, verify: Verify, key: PublicKey, signature: Uint8Array): boolean {
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
