import { attributeOid } from "../../src/pki/oid.ts";
import { oid, printableString, sequence, set, utf8String } from "./der-writer.ts";

const types = {
  CN: attributeOid.commonName,
  C: attributeOid.countryName,
  L: attributeOid.localityName,
  O: attributeOid.organizationName,
  OU: attributeOid.organizationalUnitName,
} as const;

/** One attribute: short type and text, in UTF8String but for countryName, or with the value's DER given. */
export type AttributeSpec = readonly [type: keyof typeof types, value: string | Uint8Array];

export function attribute([type, value]: AttributeSpec): Uint8Array<ArrayBuffer> {
  const text = typeof value !== "string" ? value : type === "C" ? printableString(value) : utf8String(value);
  return sequence(oid(types[type]), text);
}

/** DER of a distinguished name, one attribute a relative name. */
export function name(...attributes: readonly AttributeSpec[]): Uint8Array<ArrayBuffer> {
  return sequence(...attributes.map((spec) => set(attribute(spec))));
}
