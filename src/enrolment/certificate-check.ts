import { nameText } from "../pki/name.ts";
import { parseCertificate } from "../pki/certificate.ts";
import { orThrow, Refusal } from "../errors.ts";
import { type EnrolmentStatement, type JpkiCertificate, userAuthenticationProfile, verifyJpkiCertificate, verifyProof } from "../jpki/index.ts";
import type { VerifiedCertificate } from "../people/index.ts";
import type { EnrolmentPorts } from "./ports.ts";

/**
 * 04 step 5: proof of possession, then path, profile, policy and validity, then status; all of the
 * same leaf. Possession comes first, so that the state of a certificate is told to nobody but its
 * holder.
 * @throws Refusal with the code of the first check that failed.
 */
export async function checkProof(
  ports: EnrolmentPorts,
  statement: EnrolmentStatement,
  proof: { readonly certificate: Uint8Array; readonly signature: Uint8Array },
): Promise<VerifiedCertificate> {
  const now = ports.clock();
  const leaf = orThrow(parseCertificate(proof.certificate));
  const verdict = verifyJpkiCertificate({ certificate: leaf.der, anchors: ports.anchors, profile: userAuthenticationProfile, policies: ports.policies, time: now });
  orThrow(verifyProof({ statement, certificate: { certificate: leaf, profile: userAuthenticationProfile }, signature: proof.signature }));
  const certificate = orThrow(verdict);
  return verifiedCertificate(ports, certificate, now);
}

async function verifiedCertificate(ports: EnrolmentPorts, { certificate, issuer, medium, policy, notAfter }: JpkiCertificate, now: number): Promise<VerifiedCertificate> {
  const status = orThrow(await ports.status.check({ certificate, issuer }, now, { maximumAge: 0 }));
  if (status.status === "revoked") throw new Refusal("certificate_revoked", `revoked, by ${status.source}`);
  if (status.status === "hold") throw new Refusal("certificate_on_hold", `on hold, by ${status.source}`);
  if (status.status === "unknown") throw new Refusal("certificate_unknown", `unknown, by ${status.source}`);
  const reference = { issuer: certificate.issuer.der, serialNumber: certificate.serialNumber };
  return {
    reference,
    der: certificate.der,
    facts: {
      kind: "jpki_user_authentication", medium, policy, issuer: nameText(certificate.issuer), verifiedAt: now, expiresAt: notAfter,
      status: { status: "good", source: status.source, thisUpdate: status.thisUpdate, checkedAt: status.checkedAt },
    },
    predecessor: ports.continuity === null ? null : await ports.continuity(reference),
  };
}
