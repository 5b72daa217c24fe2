import { SANDBOX_MARKER } from "../../../jpki/sandbox-marker.ts";
import type { Der } from "../x509/der.ts";
import * as extensions from "../x509/extensions.ts";
import { name, otherName } from "../x509/name.ts";
import type { NameAttribute } from "../x509/name.ts";
import { oid } from "../x509/object-identifiers.ts";
import { municipalities } from "./municipalities.ts";
import type { MunicipalityId } from "./municipalities.ts";

/** The certificate profile of JPKI, as far as it is public. */

export const certificateUses = ["user-authentication", "signature"] as const;
export type CertificateUse = (typeof certificateUses)[number];
export const media = ["card", "smartphone"] as const;
export type Medium = (typeof media)[number];

/** What the signature certificate says about its holder. */
export interface HolderAttributes {
  readonly name: string;
  /** 1 male, 2 female, 3 not known. */
  readonly gender: "1" | "2" | "3";
  /** `YYYY-MM-DD`. */
  readonly birthDate: string;
  readonly address: string;
}

const policyArc = "1.2.392.200149.8.5.1";
export const policies = {
  "user-authentication": { card: `${policyArc}.3.30`, smartphone: `${policyArc}.3.40` },
  signature: { card: `${policyArc}.1.20`, smartphone: `${policyArc}.1.40` },
} as const;

const units = { "user-authentication": "JPKI for user authentication", signature: "JPKI for digital signature" } as const;
const japaneseUnits = {
  "user-authentication": "公的個人認証サービス利用者証明用",
  signature: "公的個人認証サービス署名用",
} as const;

const organization = (use: CertificateUse): readonly NameAttribute[] => [
  ["C", "JP"],
  ["O", "JPKI"],
  ["OU", units[use]],
];

/** JPKI's own name and one more unit: the marker that no production configuration accepts. */
const authorityAttributes = (use: CertificateUse): readonly NameAttribute[] => [
  ...organization(use),
  ["OU", "Japan Agency for Local Authority Information Systems"],
  ["OU", `${SANDBOX_MARKER} - not for production`],
];

/** DER Name of an authority. All its generations share it; the key identifier tells them apart. */
export const authorityName = (use: CertificateUse): Der => name(authorityAttributes(use));

export const responderName = (use: CertificateUse): Der => name([...authorityAttributes(use), ["CN", "OCSP Responder"]]);

/** An authority below the real one, which J-LIS does not have. */
export const forgedAuthorityName = (): Der =>
  name([...authorityAttributes("user-authentication"), ["OU", "Regional sub CA"]]);

export const subscriberName = (commonName: string): Der => name([["C", "JP"], ["CN", commonName]]);

/** DER Name of one municipality's CRL distribution point. */
export function distributionPointName(use: CertificateUse, municipality: MunicipalityId): Der {
  const { prefecture, city } = municipalities[municipality];
  return name([
    ...organization(use),
    ["OU", "CRL Distribution Points"],
    ["OU", prefecture],
    ["CN", `${city} CRLDP`],
  ]);
}

const japaneseAuthorityName = (use: CertificateUse): Der =>
  name([
    ["C", "JP"],
    ["O", "公的個人認証サービス"],
    ["OU", japaneseUnits[use]],
    ["OU", "地方公共団体情報システム機構"],
  ]);

/** Extensions of a self-signed authority. */
export function authorityExtensions(keyIdentifier: Uint8Array): readonly Der[] {
  const { keyCertSign, crlSign } = extensions.keyUsageBit;
  return [
    extensions.keyUsage(keyCertSign, crlSign),
    extensions.authorityConstraints(),
    extensions.subjectKeyIdentifier(keyIdentifier),
  ];
}

export interface SubscriberProfile {
  readonly use: CertificateUse;
  readonly medium: Medium;
  readonly municipality: MunicipalityId;
  readonly issuer: extensions.IssuerFacts;
  readonly keyIdentifier: Uint8Array;
  readonly ocspUrl: string;
  readonly practiceStatementUrl: string;
  /** Only the signature certificate carries them. */
  readonly holder: HolderAttributes;
}

/** Extensions of a person's certificate: no basicConstraints, and no attribute in the authentication one. */
export function subscriberExtensions(profile: SubscriberProfile): readonly Der[] {
  const { digitalSignature, nonRepudiation } = extensions.keyUsageBit;
  const ofUse =
    profile.use === "signature"
      ? [extensions.keyUsage(digitalSignature, nonRepudiation), holderAlternativeName(profile.holder)]
      : [extensions.keyUsage(digitalSignature), extensions.extendedKeyUsage(oid.clientAuth)];
  return [
    ...ofUse,
    extensions.certificatePolicies(policies[profile.use][profile.medium], profile.practiceStatementUrl),
    extensions.issuerAltName(japaneseAuthorityName(profile.use)),
    extensions.crlDistributionPoint(distributionPointName(profile.use, profile.municipality)),
    extensions.authorityInformationAccess(profile.ocspUrl),
    extensions.authorityKeyIdentifier(profile.issuer),
    extensions.subjectKeyIdentifier(profile.keyIdentifier),
  ];
}

function holderAlternativeName(holder: HolderAttributes): Der {
  // One digit a character: 0 means that the character stands as registered, without a substitute.
  const asRegistered = (text: string): string => "0".repeat([...text].length);
  return extensions.subjectAltName(
    otherName(oid.jpkiName, holder.name),
    otherName(oid.jpkiNameSubstitutes, asRegistered(holder.name)),
    otherName(oid.jpkiGender, holder.gender),
    otherName(oid.jpkiBirthDate, `${eraOf(holder.birthDate)}${holder.birthDate.replaceAll("-", "")}`),
    otherName(oid.jpkiAddress, holder.address),
    otherName(oid.jpkiAddressSubstitutes, asRegistered(holder.address)),
  );
}

/** First days of Meiji, Taisho, Showa, Heisei and Reiwa; JPKI writes the era as a digit before the Gregorian date. */
const eras = ["1868-01-25", "1912-07-30", "1926-12-25", "1989-01-08", "2019-05-01"];
const eraOf = (birthDate: string): number => eras.filter((first) => first <= birthDate).length;

/** Extensions of the delegated OCSP signer (RFC 6960 4.2.2.2). */
export function responderExtensions(issuer: extensions.IssuerFacts, keyIdentifier: Uint8Array): readonly Der[] {
  return [
    extensions.keyUsage(extensions.keyUsageBit.digitalSignature),
    extensions.extendedKeyUsage(oid.ocspSigning),
    extensions.ocspNoCheck(),
    extensions.authorityKeyIdentifier(issuer),
    extensions.subjectKeyIdentifier(keyIdentifier),
  ];
}
