import { type JpkiAnchors, type JpkiCertificateRequest, productionPolicies, userAuthenticationProfile, verifyJpkiCertificate } from "../../src/jpki/index.ts";
import { now } from "../certificates/authority.ts";
import { jpkiAuthority } from "../certificates/jpki.ts";

export const anchors: JpkiAnchors = {
  userAuthentication: [jpkiAuthority("authentication", 1).certificate, jpkiAuthority("authentication", 2).certificate],
  signature: [jpkiAuthority("signature", 1).certificate],
};

/** `valid`, or the code of the refusal: at sign-in, with production policies, unless overridden. */
export function judge(certificate: Uint8Array, overrides: Partial<JpkiCertificateRequest> = {}): string {
  const verdict = verifyJpkiCertificate({
    certificate,
    anchors,
    profile: userAuthenticationProfile,
    policies: productionPolicies.userAuthentication,
    time: now,
    ...overrides,
  });
  return verdict.valid ? "valid" : verdict.code;
}
