import { judgeProfile } from "./profile-rules.ts";
import type { JpkiMedium, JpkiPolicy, JpkiProfile, JpkiUse } from "./profiles.ts";
import type { Certificate } from "../pki/certificate.ts";
import { type Path, type PathRequest, validatePath } from "../pki/path.ts";
import { accept, refuse, type Verdict } from "../errors.ts";

/** DER of J-LIS's pinned authorities, a store for each use. */
export type JpkiAnchors = { readonly [Use in JpkiUse]: readonly Uint8Array[] };

/** With all that may be asked of a path besides: names, purposes, its length, its revocation. */
export interface JpkiCertificateRequest extends Omit<PathRequest, "trustAnchors" | "policies" | "algorithms" | "requireKeyIdentifiers" | "validityEncoding"> {
  readonly anchors: JpkiAnchors;
  readonly profile: JpkiProfile;
  /** The accepted policies. */
  readonly policies: readonly JpkiPolicy[];
}

/** A certificate that J-LIS issued to a person and that is in its validity. Not yet: not revoked. */
export interface JpkiCertificate {
  readonly certificate: Certificate;
  /** The pinned authority that issued it. */
  readonly issuer: Certificate;
  /** Leaf first, anchor last. */
  readonly path: Path;
  readonly profile: JpkiProfile;
  readonly policy: string;
  readonly medium: JpkiMedium;
  /** Seconds since the epoch; the last second of validity. */
  readonly notAfter: number;
}

/**
 * Whether a certificate is a JPKI certificate of the wanted use, now: chain to the pinned authority of
 * that use, validity, profile, policy, strength of the key. Revocation is asked elsewhere.
 *
 * Never throws. Refusals: those of `validatePath`, and `leaf_is_ca`, `key_usage_refused`,
 * `extended_key_usage_refused`, `policy_refused`, `weak_key`, `unsupported_algorithm`.
 */
export function verifyJpkiCertificate(request: JpkiCertificateRequest): Verdict<JpkiCertificate> {
  const { anchors, profile, policies, ...asked } = request;
  const validated = validatePath({ ...asked, trustAnchors: anchors[profile.use], requireKeyIdentifiers: false });
  if (!validated.valid) return validated;
  const { certificate, issuer, path } = validated.value;
  const intermediatesUsed = path.length - 2;
  if (intermediatesUsed > profile.maximumIntermediates) return refuse("untrusted_issuer", "issued by an authority below the pinned one");
  const judged = judgeProfile(certificate, profile, policies);
  if (!judged.valid) return judged;
  const { oid, medium } = judged.value;
  return accept({ certificate, issuer, path, profile, policy: oid, medium, notAfter: certificate.notAfter });
}
