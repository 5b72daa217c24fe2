import { context, contextConstructed, type DerReader, tag } from "./der.ts";
import { type DistributionPointName, readDistributionPointName, readReasonFlags, type ReasonFlag } from "./distribution-point.ts";
import type { GeneralName } from "./general-name.ts";
import { comparableBelow, type Name } from "./name.ts";

/** issuingDistributionPoint (RFC 5280 5.2.5): the scope of a CRL. */
export interface IssuingDistributionPoint {
  readonly name: DistributionPointName | null;
  readonly onlyContains: "userCertificates" | "cACertificates" | "attributeCertificates" | null;
  /** `null` when absent: all reasons. */
  readonly onlySomeReasons: ReadonlySet<ReasonFlag> | null;
  readonly indirect: boolean;
}

export function readIssuingDistributionPoint(reader: DerReader): IssuingDistributionPoint {
  const offset = reader.offset;
  return reader.within(tag.sequence, (inner) => {
    // RFC 5280 5.2.5: never an empty sequence.
    if (inner.atEnd) inner.fail("issuingDistributionPoint empty", offset);
    const name = inner.withinOptional(contextConstructed(0), readDistributionPointName) ?? null;
    const user = inner.booleanDefaultFalse(context(1));
    const cA = inner.booleanDefaultFalse(context(2));
    const onlySomeReasons = inner.peekTag() === context(3) ? readReasonFlags(inner, context(3)) : null;
    const indirect = inner.booleanDefaultFalse(context(4));
    const attribute = inner.booleanDefaultFalse(context(5));
    if (Number(user) + Number(cA) + Number(attribute) > 1) inner.fail("more than one of onlyContains*", offset);
    const onlyContains = user ? "userCertificates" : cA ? "cACertificates" : attribute ? "attributeCertificates" : null;
    return { name, onlyContains, onlySomeReasons, indirect };
  });
}

/**
 * The full names of a distribution point, in a form that is equal exactly when RFC 5280 takes two names
 * for the same. `crlIssuer` completes a nameRelativeToCRLIssuer.
 */
export function comparablePointNames(name: DistributionPointName, crlIssuer: Name): readonly string[] {
  if (name.kind === "nameRelativeToCRLIssuer") return [`directoryName ${comparableBelow(crlIssuer, name.relativeName)}`];
  return name.names.flatMap(comparableGeneralName);
}

/** Kinds that no CRL is published under are never equal. */
function comparableGeneralName(name: GeneralName): readonly string[] {
  if (name.kind === "directoryName") return [`directoryName ${name.name.comparable}`];
  return name.kind === "uniformResourceIdentifier" ? [`uniformResourceIdentifier ${name.text}`] : [];
}
