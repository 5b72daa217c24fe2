import { generalAlgorithms, judgeKey } from "./algorithm-policy.ts";
import type { Certificate } from "./certificate.ts";
import { sha1 } from "./digest.ts";
import { sameName } from "./name.ts";
import type { BasicOcspResponse, ResponderId } from "./ocsp-message.ts";
import { keyPurposeOid } from "./oid.ts";
import { verifySignature } from "./signature.ts";
import { equalBytes } from "../bytes.ts";
import { accept, refuse, type Refused, type Verdict } from "../errors.ts";

export interface ResponderContext {
  /** The authority that issued the certificate asked about. */
  readonly issuer: Certificate;
  /** Seconds since the epoch. */
  readonly time: number;
  /** Whether the issuer is known to have revoked the certificate of this serial number. */
  readonly isRevoked: (serialNumber: Uint8Array) => boolean;
}

/**
 * Whether the answer is signed by one who may: the issuer, or a responder to whom the issuer itself gave
 * id-kp-OCSPSigning (RFC 6960 4.2.2.2). No responder is trusted for any other reason.
 */
export function authenticateResponder(basic: BasicOcspResponse, context: ResponderContext): Verdict<true> {
  const { signatureAlgorithm: algorithm, signature } = basic;
  const refusalOf = (signer: Certificate) => (signer === context.issuer ? null : refusalOfDelegate(signer, context));
  const signers = [context.issuer, ...basic.certificates].filter((signer) => isNamedBy(basic.responderId, signer));
  let refusal: Refused = refuse("ocsp_responder_untrusted", "responderID names no signer we have");
  for (const signer of signers) {
    const signed = refusalOf(signer) ?? verifySignature({ algorithm, publicKey: signer.publicKey, data: basic.tbs, signature });
    if (signed.valid) return accept(true);
    refusal = signed;
  }
  return refusal;
}

function isNamedBy(responderId: ResponderId, certificate: Certificate): boolean {
  return responderId.kind === "byName"
    ? sameName(responderId.name, certificate.subject)
    : equalBytes(responderId.keyHash, sha1(certificate.publicKey.keyBits));
}

function refusalOfDelegate(certificate: Certificate, { issuer, time, isRevoked }: ResponderContext): Refused | null {
  const untrusted = (rule: string) => refuse("ocsp_responder_untrusted", rule);
  const { keyUsage, extendedKeyUsage, unknownCritical } = certificate.extensions;
  if (!sameName(certificate.issuer, issuer.subject)) return untrusted("responder not issued by the certificate's issuer");
  // anyExtendedKeyUsage is not the explicit designation that RFC 6960 4.2.2.2 asks for.
  if (extendedKeyUsage?.includes(keyPurposeOid.ocspSigning) !== true) return untrusted("responder without id-kp-OCSPSigning");
  if (keyUsage?.has("digitalSignature") === false) return untrusted("responder's keyUsage without digitalSignature");
  if (time < certificate.notBefore || time > certificate.notAfter) return untrusted("responder's certificate not valid now");
  if (unknownCritical.length > 0) return untrusted("responder's certificate with an unknown critical extension");
  if (isRevoked(certificate.serialNumber)) return untrusted("responder's certificate revoked");
  const strong = judgeKey(certificate.publicKey, generalAlgorithms);
  if (!strong.valid) return strong;
  const { signatureAlgorithm: algorithm, tbs: data, signature } = certificate;
  const issued = verifySignature({ algorithm, publicKey: issuer.publicKey, data, signature });
  if (issued.valid) return null;
  return issued.code === "bad_signature" ? untrusted("responder's certificate not signed by the issuer") : issued;
}
