import { type DerReader, type DerValue, tag } from "./der.ts";
import { comparableText, decodeDirectoryString, isPlainText } from "./name-text.ts";
import { attributeOid } from "./oid.ts";
import { equalBytes, toHex } from "../bytes.ts";

/** One AttributeTypeAndValue of a distinguished name. */
export interface NameAttribute {
  readonly type: string;
  /** Identifier octet of the value. */
  readonly tag: number;
  /** The value's text; `null` when it is not a string type. */
  readonly text: string | null;
  readonly der: Uint8Array;
}

export type RelativeName = readonly NameAttribute[];

/** A distinguished name (RFC 5280 4.1.2.4). */
export interface Name {
  readonly der: Uint8Array;
  readonly relativeNames: readonly RelativeName[];
  /** Equal for two names exactly when RFC 5280 7.1 takes them for the same. */
  readonly comparable: string;
}

/** Reads a Name: CHOICE { rdnSequence SEQUENCE OF RelativeDistinguishedName }. May be empty. */
export function readName(reader: DerReader): Name {
  const value = reader.read(tag.sequence);
  const inner = reader.inside(value);
  const relativeNames: RelativeName[] = [];
  while (!inner.atEnd) relativeNames.push(readRelativeName(inner));
  return new ReadName(value.bytes, relativeNames);
}

/** A name whose comparable form is made when it is asked for: most names are compared by their octets alone. */
class ReadName implements Name {
  readonly der: Uint8Array;
  readonly relativeNames: readonly RelativeName[];
  #comparable: string | undefined;

  constructor(der: Uint8Array, relativeNames: readonly RelativeName[]) {
    this.der = der;
    this.relativeNames = relativeNames;
  }

  get comparable(): string {
    this.#comparable ??= comparableName(this.relativeNames);
    return this.#comparable;
  }
}

/**
 * Reads a RelativeDistinguishedName: SET SIZE (1..MAX) OF AttributeTypeAndValue, in DER order.
 *
 * @param expected - another tag when it is IMPLICIT, as nameRelativeToCRLIssuer.
 */
export function readRelativeName(reader: DerReader, expected: number = tag.set): RelativeName {
  const offset = reader.offset;
  const attributes = reader.each(expected, readAttribute);
  if (attributes.length === 0) reader.fail("RelativeDistinguishedName empty", offset);
  return isOrdered(attributes) ? attributes : reader.fail("SET OF not in order", offset);
}

/** X.690 11.6: the elements of a SET OF in the order of their encodings. */
function isOrdered(attributes: RelativeName): boolean {
  if (attributes.length === 1) return true;
  return attributes.every(({ der }, index) => {
    const previous = attributes[index - 1];
    return previous === undefined || Buffer.compare(previous.der, der) < 0;
  });
}

function readAttribute(reader: DerReader): NameAttribute {
  const whole = reader.read(tag.sequence);
  const inner = reader.inside(whole);
  const type = inner.oid();
  const value = inner.readWellFormed();
  inner.end();
  if (!isPlainText(value) && decodeDirectoryString(value) === undefined) inner.fail("string not valid", value.offset);
  return new ReadAttribute(type, whole, value);
}

/** An attribute whose text and octets are made when they are asked for: hardly ever. */
class ReadAttribute implements NameAttribute {
  readonly type: string;
  readonly #whole: DerValue;
  readonly #value: DerValue;

  constructor(type: string, whole: DerValue, value: DerValue) {
    this.type = type;
    this.#whole = whole;
    this.#value = value;
  }

  get tag(): number {
    return this.#value.tag;
  }

  get text(): string | null {
    return decodeDirectoryString(this.#value) ?? null;
  }

  get der(): Uint8Array {
    return this.#whole.bytes;
  }
}

/** Whether two names are the same (RFC 5280 7.1). */
export function sameName(a: Name, b: Name): boolean {
  if (a.relativeNames.length !== b.relativeNames.length) return false;
  return equalBytes(a.der, b.der) || a.comparable === b.comparable;
}

/** The name that a relative name makes below another (RFC 5280 4.2.1.13, nameRelativeToCRLIssuer), in comparable form. */
export function comparableBelow(parent: Name, relativeName: RelativeName): string {
  return comparableName([...parent.relativeNames, relativeName]);
}

/**
 * Whether a name is the base or lies below it (RFC 5280 4.2.1.10, directoryName): the relative names of the
 * base are the first of the name. Each relative name is written so that none begins with another.
 */
export function isWithinName(name: Name, base: Name): boolean {
  return name.comparable.startsWith(base.comparable);
}

function comparableName(relativeNames: readonly RelativeName[]): string {
  return relativeNames.map((attributes) => JSON.stringify(attributes.map(comparableAttribute).sort())).join("");
}

function comparableAttribute({ type, tag: valueTag, text, der }: NameAttribute): string {
  // PrintableString, UTF8String and the other text types compare by text alone: a CA may change the
  // encoding of its own name. What is not text compares by its octets.
  return text === null ? `${type}#${valueTag}#${toHex(der)}` : `${type}=${comparableText(text)}`;
}

const shortNames = new Map<string, string>([
  [attributeOid.commonName, "CN"],
  [attributeOid.countryName, "C"],
  [attributeOid.localityName, "L"],
  [attributeOid.stateOrProvinceName, "ST"],
  [attributeOid.organizationName, "O"],
  [attributeOid.organizationalUnitName, "OU"],
  [attributeOid.domainComponent, "DC"],
]);

/** The name for an operator's eyes, in the order of the certificate: `C=JP, O=JPKI, CN=...`. Not for comparison. */
export function nameText(name: Name): string {
  return name.relativeNames
    .map((attributes) => attributes.map(({ type, text, der }) => `${shortNames.get(type) ?? type}=${text ?? `#${toHex(der)}`}`).join(" + "))
    .join(", ");
}
