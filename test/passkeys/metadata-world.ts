import { sign } from "node:crypto";
import { toBase64, toBase64Url, utf8 } from "../../src/bytes.ts";
import { type Authority, makeAuthority, now, year } from "../certificates/authority.ts";
import { buildCertificate, type CertificateSpec } from "../certificates/certificate.ts";
import { dns, subjectAltName } from "../certificates/constraints.ts";
import { authorityKeyIdentifier, basicConstraints, extendedKeyUsage, keyUsage, subjectKeyIdentifier } from "../certificates/extensions.ts";
import { testKey, type TestKey } from "../certificates/keys.ts";
import { name } from "../certificates/names.ts";

/** A metadata service of a test: its authorities, its signer, its BLOBs. */

export const day = 86_400;
export const signer = "mds.fidoalliance.org";
const ca = (label: string, changes: Parameters<typeof makeAuthority>[0] = {}): Authority =>
  makeAuthority({ key: testKey("p256", `mds ${label}`), subject: name(["C", "BE"], ["O", "Test trust"], ["CN", label]), ...changes });
export const root = ca("root");
export const secondRoot = ca("second root");
export const stranger = ca("stranger");
export const intermediate = ca("intermediate", { by: root });
export const expiredIntermediate = ca("expired intermediate", { by: root, notAfter: now - 1 });
export const trust = { anchors: [root.certificate, secondRoot.certificate], signer };

export const ecKey = testKey("p256", "mds signer");
export const rsaKey = testKey("rsa-2048", "mds signer");

/** The certificate of who signs, as a public authority would issue it. */
export function signerCertificate(issuer: Authority, changes: Partial<CertificateSpec> & { readonly host?: string; readonly key?: TestKey } = {}): Uint8Array {
  const { host = signer, key = ecKey, ...overrides } = changes;
  return buildCertificate({
    issuer: issuer.subject, subject: name(["C", "US"], ["CN", host]), notBefore: now - year, notAfter: now + year, spki: key.spki, signer: issuer.key,
    extensions: [subjectKeyIdentifier(utf8("signer")), authorityKeyIdentifier(issuer.keyIdentifier), keyUsage("digitalSignature"), extendedKeyUsage("serverAuth"), basicConstraints(false), subjectAltName(dns(host))],
    ...overrides,
  });
}

export const goodHeader = { alg: "ES256", typ: "JWT", x5c: [signerCertificate(intermediate), intermediate.certificate].map(toBase64) };

/** A date as metadata writes it, so many days from now. */
export const dateIn = (days: number): string => new Date((now + days * day) * 1000).toISOString().slice(0, 10);

export const model = "abababab-abab-abab-abab-abababababab";
export const otherModel = "cdcdcdcd-cdcd-cdcd-cdcd-cdcdcdcdcdcd";

/** An entry of the BLOB; `reports` are statuses that count at once, or whole reports. */
export function entry(aaguid: string, reports: readonly (string | object)[] = ["FIDO_CERTIFIED_L1"], statement: object = {}): object {
  return {
    aaguid,
    metadataStatement: { description: `Model ${aaguid.slice(0, 2)}`, attestationRootCertificates: [toBase64(root.certificate)], ...statement },
    statusReports: reports.map((report) => (typeof report === "string" ? { status: report } : report)),
    timeOfLastStatusChange: "2026-01-01",
  };
}

export const payload = (changes: object = {}): object => ({ legalHeader: "…", no: 7, nextUpdate: dateIn(10), entries: [entry(model), entry(otherModel)], ...changes });

/** A BLOB in compact form. */
export function blob(content: unknown = payload(), header: object = goodHeader, key: TestKey = ecKey): string {
  const part = (value: unknown): string => toBase64Url(utf8(JSON.stringify(value)));
  const input = `${part(header)}.${part(content)}`;
  return `${input}.${signature(input, key)}`;
}

export function signature(input: string, key: TestKey): string {
  const options = key.kind.startsWith("rsa") ? key.privateKey : { key: key.privateKey, dsaEncoding: "ieee-p1363" as const };
  return toBase64Url(sign("sha256", utf8(input), options));
}
