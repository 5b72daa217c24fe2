import { extensionOid } from "../../src/pki/oid.ts";
import { type Authority, now } from "./authority.ts";
import { bitString, context, der, enumerated, explicit, integer, namedBits, octetString, sequence, time } from "./der-writer.ts";
import { authorityKeyIdentifier, directoryName, encodeExtension, type ExtensionSpec } from "./extensions.ts";
import { distributionPointName } from "./jpki.ts";
import { type SignatureScheme, signBy, type TestKey, usualScheme } from "./keys.ts";

/** Builds CRLs (RFC 5280 5.1) from a description; any field can be replaced by octets of the test's choice. */

export interface EntrySpec {
  /** DER of the INTEGER, or a number. */
  readonly serialNumber: number | Uint8Array;
  readonly revokedAt?: number;
  readonly extensions?: readonly ExtensionSpec[];
}

export interface CrlSpec {
  /** DER of the version; v2 when left out, absent when empty. */
  readonly version?: Uint8Array;
  readonly issuer: Uint8Array;
  /** Epoch seconds; `null` leaves nextUpdate out. */
  readonly thisUpdate: number;
  readonly nextUpdate: number | null;
  readonly entries: readonly EntrySpec[];
  /** DER of revokedCertificates, instead of the list. */
  readonly rawEntries?: Uint8Array;
  readonly extensions: readonly ExtensionSpec[];
  readonly signer: TestKey;
  readonly scheme?: SignatureScheme;
  /** DER of the algorithm inside tbsCertList, when it is to differ from the outer one. */
  readonly innerAlgorithm?: Uint8Array;
}

export const cRLNumber = (number: number): ExtensionSpec => ({ oid: extensionOid.cRLNumber, critical: false, value: integer(number) });
export const deltaCRLIndicator: ExtensionSpec = { oid: extensionOid.deltaCRLIndicator, critical: true, value: integer(1) };

/** `reason` as its number. */
export const reasonCode = (reason: number): ExtensionSpec => ({ oid: extensionOid.reasonCode, critical: false, value: enumerated(reason) });

export const fullName = (...pointNames: readonly Uint8Array[]) => explicit(0, explicit(0, ...pointNames.map(directoryName)));
export const uriName = (uri: string) => explicit(0, explicit(0, der(context(6), Buffer.from(uri))));
/** `attributes` is the DER of the AttributeTypeAndValues. */
export const relativeName = (...attributes: readonly Uint8Array[]) => explicit(0, explicit(1, ...attributes));

const flag = (number: number) => der(context(number), Uint8Array.of(0xff));
export const scopeFlags = {
  userCertificates: flag(1),
  cACertificates: flag(2),
  someReasons: namedBits([1], context(3)),
  indirect: flag(4),
  attributeCertificates: flag(5),
} as const;

/** The fields of the SEQUENCE as DER, in their order. */
export const issuingDistributionPoint = (...fields: readonly Uint8Array[]): ExtensionSpec => ({
  oid: extensionOid.issuingDistributionPoint,
  critical: true,
  value: sequence(...fields),
});

/** The extensions of a JPKI CRL: number and the distribution point of one municipality. */
export const crlExtensions = (by: Authority, number = 7, point: Uint8Array = distributionPointName()): readonly ExtensionSpec[] => [
  authorityKeyIdentifier(by.keyIdentifier),
  cRLNumber(number),
  issuingDistributionPoint(fullName(point)),
];

/** A CRL by the authority, current at {@link now} and right but for what is overridden. */
export function authorityCrl(by: Authority, overrides: Partial<CrlSpec> = {}): Uint8Array<ArrayBuffer> {
  return buildCrl({
    issuer: by.subject,
    thisUpdate: now - 3600,
    nextUpdate: now + 86_400,
    entries: [],
    extensions: crlExtensions(by),
    signer: by.key,
    ...overrides,
  });
}

/** DER of the CertificateList. */
export function buildCrl(spec: CrlSpec): Uint8Array<ArrayBuffer> {
  const scheme = spec.scheme ?? usualScheme(spec.signer.kind);
  const entries = spec.rawEntries ?? (spec.entries.length === 0 ? new Uint8Array() : sequence(...spec.entries.map(encodeEntry)));
  const tbs = sequence(
    spec.version ?? integer(1),
    spec.innerAlgorithm ?? scheme.algorithm,
    spec.issuer,
    time(spec.thisUpdate),
    spec.nextUpdate === null ? new Uint8Array() : time(spec.nextUpdate),
    entries,
    spec.extensions.length === 0 ? new Uint8Array() : explicit(0, sequence(...spec.extensions.map(encodeExtension))),
  );
  return sequence(tbs, scheme.algorithm, bitString(signBy(spec.signer, tbs, scheme)));
}

export function encodeEntry({ serialNumber, revokedAt = now - 86_400, extensions = [] }: EntrySpec): Uint8Array<ArrayBuffer> {
  const serial = typeof serialNumber === "number" ? integer(serialNumber) : serialNumber;
  const encoded = extensions.length === 0 ? [] : [sequence(...extensions.map(encodeExtension))];
  return sequence(serial, time(revokedAt), ...encoded);
}

/** An unknown extension with a value nobody can read. */
export const unknownExtension = (critical: boolean): ExtensionSpec => ({
  oid: "1.2.392.200149.99.1",
  critical,
  value: octetString(Uint8Array.of(1)),
});
