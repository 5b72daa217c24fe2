import { type Authority, makeAuthority, now, year } from "./authority.ts";
import { buildCertificate, type CertificateSpec } from "./certificate.ts";
import {
  authorityKeyIdentifier,
  certificatePolicies,
  cRLDistributionPoints,
  extendedKeyUsage,
  type ExtensionSpec,
  issuerAltName,
  keyUsage,
  ocspAccess,
} from "./extensions.ts";
import { testKey, type TestKey } from "./keys.ts";
import { name } from "./names.ts";

/** Certificates in the profile of JPKI. */

type Use = "authentication" | "signature";

const operator = "Japan Agency for Local Authority Information Systems";
const authorities = new Map<string, Authority>();

export const jpkiAuthorityName = (use: Use) =>
  name(["C", "JP"], ["O", "JPKI"], ["OU", use === "authentication" ? "JPKI for user authentication" : "JPKI for digital signature"], ["OU", operator]);

/** J-LIS's authority for one use; generations share the name and have keys of their own. */
export function jpkiAuthority(use: Use = "authentication", generation = 1): Authority {
  const label = `${use} ${generation}`;
  const known = authorities.get(label);
  if (known !== undefined) return known;
  const authority = makeAuthority({ subject: jpkiAuthorityName(use), key: testKey("rsa-2048", label) });
  authorities.set(label, authority);
  return authority;
}

/** The distribution point of one municipality's CRL. */
export const distributionPointName = (prefecture = "Tokyo", city = "Chiyoda-ku") =>
  name(["C", "JP"], ["O", "JPKI"], ["OU", "CRL Distribution Points"], ["OU", prefecture], ["CN", `${city} CRLDP`]);

export const policyOf = {
  authenticationCard: "1.2.392.200149.8.5.1.3.30",
  authenticationSmartphone: "1.2.392.200149.8.5.1.3.40",
  signatureCard: "1.2.392.200149.8.5.1.1.20",
  signatureSmartphone: "1.2.392.200149.8.5.1.1.40",
  test: "1.2.392.200149.8.5.1.0.30",
} as const;

export const holderKey = (): TestKey => testKey("rsa-2048", "holder");

export interface JpkiCertificateOptions extends Partial<Omit<CertificateSpec, "signer">> {
  readonly use?: Use;
  readonly by?: Authority;
  /** Signs in place of the authority's key. */
  readonly signer?: TestKey;
}

/** A person's certificate, valid at {@link now}, in the exact profile but for what is overridden. */
export function jpkiCertificate(options: JpkiCertificateOptions = {}): Uint8Array<ArrayBuffer> {
  const { use = "authentication", by = jpkiAuthority(use), signer = by.key, ...overrides } = options;
  return buildCertificate({
    serialNumber: 20_260_001,
    issuer: by.subject,
    subject: name(["C", "JP"], ["CN", "1234ABCD5678EFGH123400A00012A"]),
    notBefore: now - year,
    notAfter: now + 4 * year,
    spki: holderKey().spki,
    extensions: jpkiExtensions(use, by),
    ...overrides,
    signer,
  });
}

/** The extensions of the profile, in its order. */
export function jpkiExtensions(use: Use = "authentication", by: Authority = jpkiAuthority(use)): readonly ExtensionSpec[] {
  const authentication = use === "authentication";
  return [
    authentication ? keyUsage("digitalSignature") : keyUsage("digitalSignature", "nonRepudiation"),
    ...(authentication ? [extendedKeyUsage("clientAuth")] : []),
    certificatePolicies(authentication ? policyOf.authenticationCard : policyOf.signatureCard),
    issuerAltName(name(["C", "JP"], ["O", "公的個人認証サービス"], ["OU", "公的個人認証サービス利用者証明用"])),
    cRLDistributionPoints(distributionPointName()),
    ocspAccess("http://ocsp.jpki.example/"),
    authorityKeyIdentifier(by.keyIdentifier, by.issuerAndSerial),
  ];
}
