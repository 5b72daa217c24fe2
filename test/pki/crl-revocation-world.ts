import { parseCertificate, type Certificate } from "../../src/pki/certificate.ts";
import { checkRevocation, type RevocationQuestion } from "../../src/pki/crl-revocation.ts";
import { type Authority, authorityExtensions, makeAuthority, now, year } from "../certificates/authority.ts";
import { buildCertificate } from "../certificates/certificate.ts";
import { authorityCrl, cRLNumber, type CrlSpec, reasonCode } from "../certificates/crl-factory.ts";
import { context, explicit, integer, namedBits, sequence } from "../certificates/der-writer.ts";
import { directoryName, type ExtensionSpec, keyUsage } from "../certificates/extensions.ts";
import { testKey } from "../certificates/keys.ts";
import { name } from "../certificates/names.ts";

/** A root, an authority below it, a certificate below that: a path and the CRLs that speak of it. */

export const named = (text: string) => name(["C", "JP"], ["O", "Test"], ["CN", text]);
export const root = makeAuthority({ subject: named("Root"), key: testKey("p256", "root") });
export const sub = makeAuthority({ subject: named("Sub"), key: testKey("p256", "sub"), by: root });
export const stranger = makeAuthority({ subject: named("Stranger"), key: testKey("p256", "stranger") });
const subKeyIdentifier = sub.keyIdentifier;
export const leafSerial = 77;
export const subSerial = 0x11;

export const read = (encoded: Uint8Array): Certificate => {
  const parsed = parseCertificate(encoded);
  if (!parsed.valid) throw new Error(parsed.at);
  return parsed.value;
};

/** CRLDistributionPoints with these points, each the DER of its fields. */
export const points = (...encoded: readonly Uint8Array[]): ExtensionSpec => ({ oid: "2.5.29.31", critical: false, value: sequence(...encoded.map((fields) => sequence(fields))) });
export const pointReasons = (...bits: readonly number[]) => namedBits(bits, context(1));
export const pointIssuer = (subject: Uint8Array) => explicit(2, directoryName(subject));
export const scopeReasons = (...bits: readonly number[]) => namedBits(bits, context(3));

export const leafWith = (...extensions: readonly ExtensionSpec[]): Certificate =>
  read(buildCertificate({ serialNumber: leafSerial, issuer: sub.subject, subject: named("Leaf"), notBefore: now - year, notAfter: now + year, spki: testKey("p256", "leaf").spki, extensions, signer: sub.key }));

/** A certificate for CRLs alone. */
export function crlSigner(subject: Uint8Array, by: Authority, label = "crl signer", usage: readonly ExtensionSpec[] = [keyUsage("cRLSign")], serialNumber = 88): Authority {
  const key = testKey("p256", label);
  const certificate = buildCertificate({ serialNumber, issuer: by.subject, subject, notBefore: now - year, notAfter: now + year, spki: key.spki, extensions: usage, signer: by.key });
  return { ...stranger, certificate, key, subject };
}

/** The authority's key once more, in a certificate of other extensions. */
export const subWith = (...extensions: readonly ExtensionSpec[]): Authority =>
  makeAuthority({ subject: sub.subject, key: sub.key, by: root, extensions: [...authorityExtensions(subKeyIdentifier, root), ...extensions] });

export const crlOf = (by: Authority, overrides: Partial<CrlSpec> = {}) => authorityCrl(by, { extensions: [cRLNumber(7)], ...overrides });
export const scopedBy = (by: Authority, extension: ExtensionSpec, overrides: Partial<CrlSpec> = {}) => crlOf(by, { extensions: [cRLNumber(7), extension], ...overrides });
export const listing = (serialNumber: number, reason?: number) => [{ serialNumber, extensions: reason === undefined ? [] : [reasonCode(reason)] }];
export const certificateIssuer = (subject: Uint8Array): ExtensionSpec => ({ oid: "2.5.29.29", critical: true, value: sequence(directoryName(subject)) });
export const deltaOf = (base: number): ExtensionSpec => ({ oid: "2.5.29.27", critical: true, value: integer(base) });

export interface Judging extends Partial<Omit<RevocationQuestion, "crls">> {
  readonly leaf?: Certificate;
  readonly authority?: Authority;
}

/** `good`, or the code of the refusal. */
export function judge(crls: readonly Uint8Array[], { leaf = leafWith(), authority = sub, ...options }: Judging = {}): string {
  const path = [leaf, read(authority.certificate), read(root.certificate)];
  const verdict = checkRevocation({ path, crls, time: now, ...options });
  return verdict.valid ? "good" : verdict.code;
}
