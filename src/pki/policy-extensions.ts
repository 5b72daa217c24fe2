import { context, type DerReader, tag } from "./der.ts";

/** The extensions about certificate policies (RFC 5280 4.2.1.4, 4.2.1.5, 4.2.1.11, 4.2.1.14): read, not judged. */

export interface PolicyInformation {
  readonly oid: string;
  /** DER of policyQualifiers, `null` when absent. */
  readonly qualifiers: Uint8Array | null;
}

/** What one authority's policy is taken for at another. */
export interface PolicyMapping {
  readonly issuerDomainPolicy: string;
  readonly subjectDomainPolicy: string;
}

/** After how many certificates a rule begins to hold; `null` when it does not. */
export interface PolicyConstraints {
  readonly requireExplicitPolicy: number | null;
  readonly inhibitPolicyMapping: number | null;
}

export function readPolicyInformation(reader: DerReader): PolicyInformation {
  return reader.within(tag.sequence, (inner) => {
    const oid = inner.oid();
    return { oid, qualifiers: inner.atEnd ? null : readQualifiers(inner) };
  });
}

function readQualifiers(reader: DerReader): Uint8Array {
  return reader.peekTag() === tag.sequence ? reader.readWellFormed().bytes : reader.fail("policyQualifiers not a SEQUENCE");
}

/** Reads PolicyMappings: SEQUENCE SIZE (1..MAX). */
export function readPolicyMappings(reader: DerReader): readonly PolicyMapping[] {
  const offset = reader.offset;
  const mappings = reader.each(tag.sequence, (sequence) =>
    sequence.within(tag.sequence, (inner) => ({ issuerDomainPolicy: inner.oid(), subjectDomainPolicy: inner.oid() })),
  );
  return mappings.length > 0 ? mappings : reader.fail("PolicyMappings empty", offset);
}

/** Reads PolicyConstraints; RFC 5280 4.2.1.11 forbids the empty sequence. */
export function readPolicyConstraints(reader: DerReader): PolicyConstraints {
  const offset = reader.offset;
  const constraints = reader.within(tag.sequence, (inner) => ({
    requireExplicitPolicy: inner.peekTag() === context(0) ? inner.smallInteger(context(0)) : null,
    inhibitPolicyMapping: inner.peekTag() === context(1) ? inner.smallInteger(context(1)) : null,
  }));
  const isEmpty = constraints.requireExplicitPolicy === null && constraints.inhibitPolicyMapping === null;
  return isEmpty ? reader.fail("PolicyConstraints empty", offset) : constraints;
}

/** Reads SkipCerts: after how many certificates anyPolicy means nothing any more. */
export function readInhibitAnyPolicy(reader: DerReader): number {
  return reader.smallInteger();
}
