import type { Certificate } from "../../src/pki/certificate.ts";
import { parseCrl } from "../../src/pki/crl.ts";
import { crlCovers } from "../../src/pki/crl-scope.ts";
import { lookUp, verifyCrl } from "../../src/pki/crl-verification.ts";
import { now } from "../certificates/authority.ts";
import { jpkiAuthority, jpkiCertificate } from "../certificates/jpki.ts";
import { parsed } from "../certificates/ocsp-factory.ts";

/** One authority and one person's certificate of one municipality: what every CRL case starts from. */

export const authority = jpkiAuthority();
export const leaf = jpkiCertificate();
export const leafSerial = 20_260_001;

export interface CrlJudging {
  readonly certificate?: Uint8Array;
  readonly issuer?: Certificate;
  readonly time?: number;
  readonly acceptWithoutPoint?: boolean;
}

/** What the whole way says of the certificate: parse, verify, scope, look-up. A status or the code of the refusal. */
export function judgeByCrl(der: Uint8Array, options: CrlJudging = {}): string {
  const { issuer = parsed(authority.certificate), time = now, acceptWithoutPoint = false } = options;
  const certificate = parsed(options.certificate ?? leaf);
  const crl = parseCrl(der);
  if (!crl.valid) return crl.code;
  const verified = verifyCrl({ crl: crl.value, issuer, time });
  if (!verified.valid) return verified.code;
  const covered = crlCovers({ crl: verified.value, certificate, acceptWithoutPoint });
  return covered.valid ? lookUp(verified.value, certificate.serialNumber).status : covered.code;
}
