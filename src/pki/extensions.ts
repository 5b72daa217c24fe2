import { context, contextConstructed, type DerReader, tag } from "./der.ts";
import { readDistributionPoints } from "./distribution-point.ts";
import { type GeneralName, readGeneralName, readGeneralNames } from "./general-name.ts";
import { readNameConstraints } from "./name-constraints.ts";
import { readNamedBits } from "./named-bits.ts";
import { extensionOid } from "./oid.ts";
import { readInhibitAnyPolicy, readPolicyConstraints, readPolicyInformation, readPolicyMappings } from "./policy-extensions.ts";

/** Certificate extensions (RFC 5280 4.2): read strictly, judged elsewhere. */

/** An extension as it stands in the certificate. */
export interface Extension {
  readonly oid: string;
  readonly critical: boolean;
  /** Contents of extnValue. */
  readonly value: Uint8Array;
}

export interface BasicConstraints {
  readonly cA: boolean;
  readonly pathLenConstraint: number | null;
}

/** KeyUsage by bit number (RFC 5280 4.2.1.3). */
const keyUsages = [
  "digitalSignature",
  "nonRepudiation",
  "keyEncipherment",
  "dataEncipherment",
  "keyAgreement",
  "keyCertSign",
  "cRLSign",
  "encipherOnly",
  "decipherOnly",
] as const;
export type KeyUsage = (typeof keyUsages)[number];

export interface AuthorityKeyIdentifier {
  readonly keyIdentifier: Uint8Array | null;
  readonly authorityCertIssuer: readonly GeneralName[] | null;
  readonly authorityCertSerialNumber: Uint8Array | null;
}

export interface AccessDescription {
  readonly method: string;
  readonly location: GeneralName;
}

/** Readers of the extensions whose meaning this engine knows, by name. The rest is unknown to it. */
const readers = {
  basicConstraints: (reader: DerReader): BasicConstraints =>
    reader.within(tag.sequence, (inner) => ({
      cA: inner.booleanDefaultFalse(),
      pathLenConstraint: inner.atEnd ? null : inner.smallInteger(),
    })),
  keyUsage: (reader: DerReader): ReadonlySet<KeyUsage> => readNamedBits(reader, tag.bitString, keyUsages),
  extendedKeyUsage: (reader: DerReader): readonly string[] => reader.each(tag.sequence, (inner) => inner.oid()),
  certificatePolicies: (reader: DerReader) => reader.each(tag.sequence, readPolicyInformation),
  policyMappings: readPolicyMappings,
  policyConstraints: readPolicyConstraints,
  inhibitAnyPolicy: readInhibitAnyPolicy,
  nameConstraints: readNameConstraints,
  subjectKeyIdentifier: (reader: DerReader): Uint8Array => reader.octetString(),
  authorityKeyIdentifier: readAuthorityKeyIdentifier,
  cRLDistributionPoints: readDistributionPoints,
  freshestCRL: readDistributionPoints,
  authorityInfoAccess: (reader: DerReader): readonly AccessDescription[] => reader.each(tag.sequence, readAccessDescription),
  subjectInfoAccess: (reader: DerReader): readonly AccessDescription[] => reader.each(tag.sequence, readAccessDescription),
  issuerAltName: (reader: DerReader): readonly GeneralName[] => readGeneralNames(reader, tag.sequence),
  subjectAltName: (reader: DerReader): readonly GeneralName[] => readGeneralNames(reader, tag.sequence),
  ocspNoCheck: (reader: DerReader): true => {
    reader.null();
    return true;
  },
};
type Readers = typeof readers;
type KnownName = keyof Readers;
type Known = { readonly [Name in KnownName]?: ReturnType<Readers[Name]> };

export interface Extensions extends Known {
  readonly all: readonly Extension[];
  /** Object identifiers of critical extensions this engine does not process. */
  readonly unknownCritical: readonly string[];
}

const nameOfOid = new Map<string, KnownName>(
  (Object.keys(readers) as KnownName[]).map((name) => [extensionOid[name], name]),
);

export const noExtensions: Extensions = { all: [], unknownCritical: [] };

/** Reads Extensions: SEQUENCE SIZE (1..MAX) OF Extension, each object identifier once. */
export function readExtensions(reader: DerReader): Extensions {
  const offset = reader.offset;
  const all: Extension[] = [];
  const unknownCritical: string[] = [];
  const known: { [Name in KnownName]?: unknown } = {};
  const seen = new Set<string>();
  reader.each(tag.sequence, readExtension);
  if (all.length === 0) reader.fail("Extensions empty", offset);
  return Object.assign(known as Known, { all, unknownCritical });

  function readExtension(sequence: DerReader): void {
    sequence.within(tag.sequence, (inner) => {
      const start = inner.offset;
      const oid = inner.oid();
      if (seen.has(oid)) inner.fail(`extension ${oid} twice`, start);
      seen.add(oid);
      const critical = inner.booleanDefaultFalse();
      const value = inner.read(tag.octetString);
      all.push({ oid, critical, value: value.contents });
      const name = nameOfOid.get(oid);
      if (name === undefined) {
        if (critical) unknownCritical.push(oid);
        return;
      }
      const contents = inner.inside(value);
      known[name] = readers[name](contents);
      contents.end();
    });
  }
}

function readAccessDescription(reader: DerReader): AccessDescription {
  return reader.within(tag.sequence, (inner) => ({ method: inner.oid(), location: readGeneralName(inner) }));
}

function readAuthorityKeyIdentifier(reader: DerReader): AuthorityKeyIdentifier {
  const offset = reader.offset;
  const identifier = reader.within(tag.sequence, (inner) => ({
    keyIdentifier: inner.readOptional(context(0))?.contents ?? null,
    authorityCertIssuer: inner.peekTag() === contextConstructed(1) ? readGeneralNames(inner, contextConstructed(1)) : null,
    authorityCertSerialNumber: inner.peekTag() === context(2) ? inner.integer(context(2)) : null,
  }));
  // RFC 5280 A.2: both present or both absent.
  const isComplete = (identifier.authorityCertIssuer === null) === (identifier.authorityCertSerialNumber === null);
  return isComplete ? identifier : reader.fail("authorityCertIssuer and serial number apart", offset);
}

/** The raw extension with this object identifier. */
export function findExtension(extensions: Extensions, oid: string): Extension | undefined {
  return extensions.all.find((extension) => extension.oid === oid);
}
