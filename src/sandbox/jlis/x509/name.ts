import { concatBytes } from "../../../bytes.ts";
import { contextConstructed, objectIdentifier, printableString, sequence, setOfOne, utf8String } from "./der.ts";
import type { Der } from "./der.ts";
import { oid } from "./object-identifiers.ts";

/** One attribute of a distinguished name, outermost first in a list of them. */
export type NameAttribute = readonly ["C" | "O" | "OU" | "CN", string];

const attributeTypes = {
  C: oid.countryName,
  O: oid.organizationName,
  OU: oid.organizationalUnitName,
  CN: oid.commonName,
} as const;

/** A Name (RFC 5280 4.1.2.4) as JPKI writes it: C as PrintableString, everything else as UTF8String. */
export function name(attributes: readonly NameAttribute[]): Der {
  const relativeNames = attributes.map(([type, value]) =>
    setOfOne(
      sequence(objectIdentifier(attributeTypes[type]), type === "C" ? printableString(value) : utf8String(value)),
    ),
  );
  return sequence(...relativeNames);
}

/** GeneralName directoryName; its tag is explicit because Name is a CHOICE. */
export const directoryName = (der: Uint8Array): Der => contextConstructed(4, der);

/** GeneralName otherName with a UTF8String value. */
export function otherName(type: string, value: string): Der {
  return contextConstructed(0, concatBytes(objectIdentifier(type), contextConstructed(0, utf8String(value))));
}
