import { type JpkiAnchors, type JpkiCertificate, type JpkiCertificateRequest, productionPolicies, userAuthenticationProfile, verifyJpkiCertificate } from "../../src/jpki/index.ts";
import type { Verdict } from "../../src/errors.ts";
import { now } from "../certificates/authority.ts";
import { jpkiAuthority } from "../certificates/jpki.ts";

export const anchors: JpkiAnchors = {
  userAuthentication: [jpkiAuthority("authentication", 1).certificate, jpkiAuthority("authentication", 2).certificate],
  signature: [jpkiAuthority("signature", 1).certificate],
};

/** What is said of a certificate at sign-in, with production policies, unless overridden. */
export function verdictOn(certificate: Uint8Array, overrides: Partial<JpkiCertificateRequest> = {}): Verdict<JpkiCertificate> {
  return verifyJpkiCertificate({
    certificate,
    anchors,
    profile: userAuthenticationProfile,
    policies: productionPolicies.userAuthentication,
    time: now,
    ...overrides,
  });
}

/** `valid`, or the code of the refusal. */
export function judge(certificate: Uint8Array, overrides: Partial<JpkiCertificateRequest> = {}): string {
  const verdict = verdictOn(certificate, overrides);
  return verdict.valid ? "valid" : verdict.code;
}
