import { context, contextConstructed, type DerReader } from "./der.ts";
import { type Name, readName } from "./name.ts";
import { asciiText } from "./name-text.ts";

/** A GeneralName (RFC 5280 4.2.1.6). */
export type GeneralName =
  | { readonly kind: "otherName"; readonly type: string; readonly value: Uint8Array }
  | { readonly kind: "rfc822Name" | "dNSName" | "uniformResourceIdentifier"; readonly text: string }
  | { readonly kind: "x400Address" | "ediPartyName"; readonly der: Uint8Array }
  | { readonly kind: "directoryName"; readonly name: Name }
  | { readonly kind: "iPAddress"; readonly address: Uint8Array }
  | { readonly kind: "registeredID"; readonly oid: string };

const textKinds = new Map([
  [context(1), "rfc822Name"],
  [context(2), "dNSName"],
  [context(6), "uniformResourceIdentifier"],
] as const);

/** Reads a GeneralName: CHOICE of context tags 0 to 8. */
export function readGeneralName(reader: DerReader): GeneralName {
  const found = reader.peekTag();
  const textKind = textKinds.get(found ?? 0);
  if (textKind !== undefined) return { kind: textKind, text: readIa5(reader) };
  switch (found) {
    case contextConstructed(0):
      return reader.within(found, (inner) => ({
        kind: "otherName",
        type: inner.oid(),
        value: inner.within(contextConstructed(0), (explicit) => explicit.readWellFormed().bytes),
      }));
    case contextConstructed(3):
      return { kind: "x400Address", der: reader.readWellFormed().bytes };
    case contextConstructed(4):
      return { kind: "directoryName", name: reader.within(found, readName) };
    case contextConstructed(5):
      return { kind: "ediPartyName", der: reader.readWellFormed().bytes };
    case context(7):
      return { kind: "iPAddress", address: reader.octetString(found) };
    case context(8):
      return { kind: "registeredID", oid: reader.oid(found) };
    default:
      return reader.fail("not a GeneralName");
  }
}

/** Reads GeneralNames: SEQUENCE SIZE (1..MAX) OF GeneralName. */
export function readGeneralNames(reader: DerReader, expected: number): readonly GeneralName[] {
  const offset = reader.offset;
  const names = reader.each(expected, readGeneralName);
  return names.length > 0 ? names : reader.fail("GeneralNames empty", offset);
}

function readIa5(reader: DerReader): string {
  const value = reader.readAny();
  const text = asciiText(value);
  // NUL in a name ends it for other software: never allowed.
  return text === null || text.includes("\0") ? reader.fail("IA5String not valid", value.offset) : text;
}
