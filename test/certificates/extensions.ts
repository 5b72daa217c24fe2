import { keyPurposeOid, accessMethodOid, extensionOid } from "../../src/pki/oid.ts";
import { boolean, context, der, explicit, ia5String, integer, namedBits, octetString, oid, sequence } from "./der-writer.ts";

/** An extension as a test writes it: DER of its value. */
export interface ExtensionSpec {
  readonly oid: string;
  readonly critical: boolean;
  readonly value: Uint8Array;
}

export function encodeExtension(extension: ExtensionSpec): Uint8Array<ArrayBuffer> {
  const critical = extension.critical ? [boolean(true)] : [];
  return sequence(oid(extension.oid), ...critical, octetString(extension.value));
}

const bits = { digitalSignature: 0, nonRepudiation: 1, keyEncipherment: 2, keyCertSign: 5, cRLSign: 6 } as const;
export type KeyUsageBit = keyof typeof bits;

export const keyUsage = (...usages: readonly KeyUsageBit[]): ExtensionSpec => ({
  oid: extensionOid.keyUsage,
  critical: true,
  value: namedBits(usages.map((usage) => bits[usage])),
});

export const basicConstraints = (cA: boolean, pathLength?: number): ExtensionSpec => ({
  oid: extensionOid.basicConstraints,
  critical: true,
  value: sequence(...(cA ? [boolean(true)] : []), ...(pathLength === undefined ? [] : [integer(pathLength)])),
});

export const extendedKeyUsage = (...purposes: readonly (keyof typeof keyPurposeOid)[]): ExtensionSpec => ({
  oid: extensionOid.extendedKeyUsage,
  critical: false,
  value: sequence(...purposes.map((purpose) => oid(keyPurposeOid[purpose]))),
});

const practiceStatement = sequence(oid("1.3.6.1.5.5.7.2.1"), ia5String("https://www.jpki.example/cps.html"));

export const certificatePolicies = (...policies: readonly string[]): ExtensionSpec => ({
  oid: extensionOid.certificatePolicies,
  critical: true,
  value: sequence(...policies.map((policy) => sequence(oid(policy), sequence(practiceStatement)))),
});

export const subjectKeyIdentifier = (identifier: Uint8Array): ExtensionSpec => ({
  oid: extensionOid.subjectKeyIdentifier,
  critical: false,
  value: octetString(identifier),
});

/** With keyIdentifier and, as JPKI has it, issuer and serial number of the authority's own certificate. */
export const authorityKeyIdentifier = (
  identifier: Uint8Array,
  issuerAndSerial?: { readonly issuer: Uint8Array; readonly serialNumber: Uint8Array },
): ExtensionSpec => ({
  oid: extensionOid.authorityKeyIdentifier,
  critical: false,
  value: sequence(
    der(context(0), identifier),
    ...(issuerAndSerial === undefined
      ? []
      : [explicit(1, directoryName(issuerAndSerial.issuer)), der(context(2), issuerAndSerial.serialNumber)]),
  ),
});

/** A GeneralName of the kind directoryName. */
export const directoryName = (name: Uint8Array) => explicit(4, name);

/** One distribution point whose fullName is a directoryName, as JPKI's CRLs per municipality. */
export const cRLDistributionPoints = (...pointNames: readonly Uint8Array[]): ExtensionSpec => ({
  oid: extensionOid.cRLDistributionPoints,
  critical: false,
  value: sequence(...pointNames.map((pointName) => sequence(explicit(0, explicit(0, directoryName(pointName)))))),
});

export const ocspAccess = (uri: string): ExtensionSpec => ({
  oid: extensionOid.authorityInfoAccess,
  critical: false,
  value: sequence(sequence(oid(accessMethodOid.ocsp), ia5String(uri, context(6)))),
});

export const issuerAltName = (name: Uint8Array): ExtensionSpec => ({
  oid: extensionOid.issuerAltName,
  critical: false,
  value: sequence(directoryName(name)),
});
