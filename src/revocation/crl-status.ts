import type { CertificateStatus } from "./certificate-status.ts";
import { toHex, utf8 } from "../bytes.ts";
import type { Certificate } from "../pki/certificate.ts";
import { lookUp, type VerifiedCrl } from "../pki/crl-verification.ts";

/** What a CRL says of a certificate within its scope, looked up at `now` (seconds). */
export function statusOnCrl(crl: VerifiedCrl, { serialNumber }: Certificate, now: number): CertificateStatus {
  const looked = lookUp(crl, serialNumber);
  const base = { source: "crl", thisUpdate: crl.thisUpdate, checkedAt: now, answer: answerOf(crl) } as const;
  if (looked.status === "good") return { ...base, status: "good" };
  const { status, revokedAt, reason } = looked;
  return { ...base, status, revokedAt, ...(reason === null ? {} : { reason }) };
}

const answerOf = ({ digest, number, thisUpdate }: VerifiedCrl): Uint8Array =>
  utf8(JSON.stringify({ tbs_cert_list_sha256: toHex(digest), crl_number: number === null ? null : number.toString(), this_update: thisUpdate }));
