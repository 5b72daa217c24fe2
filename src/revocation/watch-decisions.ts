import type { CertificateStatus, StatusSource } from "./certificate-status.ts";
import { statusOnCrl } from "./crl-status.ts";
import type { Certificate } from "../pki/certificate.ts";
import { crlCovers } from "../pki/crl-scope.ts";
import type { VerifiedCrl } from "../pki/crl-verification.ts";
import { sameName } from "../pki/name.ts";
import { verifySignature } from "../pki/signature.ts";

/** A CRL with the authority whose key signed it. */
export interface AdoptedCrl {
  readonly crl: VerifiedCrl;
  readonly issuer: Certificate;
}

/**
 * The revocation or hold that a CRL speaks of a certificate, `null` when it speaks of another one: one of
 * the same number by another generation of the authority, or one outside its scope. The CRL's age does
 * not matter: a revocation does not age.
 */
export function statusByCrl(adopted: AdoptedCrl | undefined, certificate: Certificate, now: number): CertificateStatus | null {
  if (adopted === undefined || !speaksFor(adopted, certificate)) return null;
  const found = statusOnCrl(adopted.crl, certificate, now);
  return found.status === "good" ? null : found;
}

/** The worst that any of these CRLs speaks of a certificate; see {@link statusByCrl}. */
export function statusByCrls(crls: readonly AdoptedCrl[], certificate: Certificate, now: number): CertificateStatus | null {
  const found = crls.flatMap((adopted) => statusByCrl(adopted, certificate, now) ?? []);
  return found.find(({ status }) => status === "revoked") ?? found[0] ?? null;
}

/**
 * What is to be recorded of a held certificate that none of these CRLs lists. Being absent from a list is
 * no word of its own, so the sources are asked; `null` when they do not know, when nothing has changed
 * or a CRL lists it still, and when no CRL covers the certificate or it has expired: then its absence
 * means nothing.
 */
export async function statusOfUnlisted(
  crls: readonly AdoptedCrl[],
  certificate: Certificate,
  sources: StatusSource,
  now: number,
): Promise<CertificateStatus | null> {
  if (certificate.notAfter < now) return null;
  const covering = crls.find((adopted) => speaksFor(adopted, certificate));
  if (covering === undefined || statusByCrls(crls, certificate, now) !== null) return null;
  const answer = await sources.check({ certificate, issuer: covering.issuer }, now, { maximumAge: 0 });
  return answer.valid && (answer.value.status === "good" || answer.value.status === "revoked") ? answer.value : null;
}

/** Generations of an authority share a name, and may use a number twice: the key that signed both tells. */
function speaksFor({ crl, issuer }: AdoptedCrl, certificate: Certificate): boolean {
  if (!sameName(certificate.issuer, issuer.subject) || !crlCovers({ crl, certificate }).valid) return false;
  const { signatureAlgorithm: algorithm, tbs: data, signature } = certificate;
  return verifySignature({ algorithm, publicKey: issuer.publicKey, data, signature }).valid;
}
