import { context, contextConstructed, type DerReader, tag } from "./der.ts";
import { type GeneralName, readGeneralNames } from "./general-name.ts";
import { readNamedBits } from "./named-bits.ts";
import { readRelativeName, type RelativeName } from "./name.ts";

/** A DistributionPointName (RFC 5280 4.2.1.13). */
export type DistributionPointName =
  | { readonly kind: "fullName"; readonly names: readonly GeneralName[] }
  | { readonly kind: "nameRelativeToCRLIssuer"; readonly relativeName: RelativeName };

export interface DistributionPoint {
  readonly name: DistributionPointName | null;
  /** `null` when absent: all reasons. */
  readonly reasons: ReadonlySet<ReasonFlag> | null;
  /** `null` when absent: the certificate's issuer. */
  readonly cRLIssuer: readonly GeneralName[] | null;
}

/** ReasonFlags by bit number (RFC 5280 4.2.1.13). */
export const reasonFlags = [
  "unused",
  "keyCompromise",
  "cACompromise",
  "affiliationChanged",
  "superseded",
  "cessationOfOperation",
  "certificateHold",
  "privilegeWithdrawn",
  "aACompromise",
] as const;
export type ReasonFlag = (typeof reasonFlags)[number];

export function readReasonFlags(reader: DerReader, expected: number): ReadonlySet<ReasonFlag> {
  return readNamedBits(reader, expected, reasonFlags);
}

/** Reads a DistributionPointName where it stands inside its explicit tag (a CHOICE is always explicit). */
export function readDistributionPointName(reader: DerReader): DistributionPointName {
  if (reader.peekTag() === contextConstructed(0)) return { kind: "fullName", names: readGeneralNames(reader, contextConstructed(0)) };
  return { kind: "nameRelativeToCRLIssuer", relativeName: readRelativeName(reader, contextConstructed(1)) };
}

/** Reads CRLDistributionPoints: SEQUENCE SIZE (1..MAX) OF DistributionPoint. */
export function readDistributionPoints(reader: DerReader): readonly DistributionPoint[] {
  const offset = reader.offset;
  const points = reader.each(tag.sequence, readDistributionPoint);
  return points.length > 0 ? points : reader.fail("CRLDistributionPoints empty", offset);
}

function readDistributionPoint(reader: DerReader): DistributionPoint {
  const offset = reader.offset;
  const point = reader.within(tag.sequence, (inner) => ({
    name: inner.withinOptional(contextConstructed(0), readDistributionPointName) ?? null,
    reasons: inner.peekTag() === context(1) ? readReasonFlags(inner, context(1)) : null,
    cRLIssuer: inner.peekTag() === contextConstructed(2) ? readGeneralNames(inner, contextConstructed(2)) : null,
  }));
  // RFC 5280 4.2.1.13: a point consists of more than the reasons alone.
  if (point.name === null && point.cRLIssuer === null) reader.fail("DistributionPoint names nothing", offset);
  return point;
}
