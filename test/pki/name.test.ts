import { expect, test } from "vitest";
import { parseDer, tag } from "../../src/pki/der.ts";
import { comparableBelow, type Name, nameText, readName, readRelativeName, sameName } from "../../src/pki/name.ts";
import { der, ia5String, oid, printableString, sequence, set, utf8String } from "../certificates/der-writer.ts";
import { attribute, name } from "../certificates/names.ts";

const limits = { maximumLength: 4096, maximumDepth: 8, maximumValues: 100 };
function parsed(encoded: Uint8Array): Name {
  const read = parseDer(encoded, limits, readName, "malformed_certificate");
  if (!read.valid) throw new Error(read.at);
  return read.value;
}
const common = (value: Uint8Array) => name(["CN", value]);
const multiple = (...attributes: readonly Uint8Array[]) => sequence(set(...attributes));
const teletex = (text: string) => ia5String(text, tag.teletexString);
const bmp = (text: string) => der(tag.bmpString, ...[...text].map((character) => Uint8Array.of(character.charCodeAt(0) >> 8, character.charCodeAt(0) & 0xff)));

/** RFC 5280 7.1 */
test.each<readonly [string, Uint8Array, Uint8Array, boolean]>([
  ["the same", name(["C", "JP"], ["O", "JPKI"]), name(["C", "JP"], ["O", "JPKI"]), true],
  ["PrintableString against UTF8String", common(printableString("JPKI")), common(utf8String("JPKI")), true],
  ["BMPString against UTF8String", common(bmp("署名用")), common(utf8String("署名用")), true],
  ["TeletexString against UTF8String", common(teletex("JPKI")), common(utf8String("JPKI")), false],
  ["upper and lower case", common(utf8String("JPKI for User")), common(utf8String("jpki FOR user")), true],
  ["upper and lower case beyond ASCII", common(utf8String("STRASSE ΑΣ")), common(utf8String("straße ας")), true],
  ["dotless i is not i", common(utf8String("ı")), common(utf8String("i")), false],
  ["white space around and within", common(utf8String("  JPKI   for user ")), common(utf8String("JPKI for user")), true],
  ["ideographic space", common(utf8String("公的　個人")), common(utf8String("公的 個人")), true],
  ["white space left out", common(utf8String("JPKIfor")), common(utf8String("JPKI for")), false],
  ["full width and half width", common(utf8String("ＪＰＫＩ")), common(utf8String("JPKI")), true],
  ["composed and decomposed", common(utf8String("が")), common(utf8String("か\u3099")), true],
  ["soft hyphen", common(utf8String("JP\u00adKI")), common(utf8String("JPKI")), true],
  ["another letter", common(utf8String("JPKI")), common(utf8String("JPK1")), false],
  ["another type", name(["O", "JPKI"]), name(["OU", "JPKI"]), false],
  ["another order of relative names", name(["O", "a"], ["OU", "b"]), name(["OU", "b"], ["O", "a"]), false],
  ["one relative name more", name(["C", "JP"]), name(["C", "JP"], ["O", "JPKI"]), false],
  ["relative name of two against two of one", multiple(attribute(["O", "a"]), attribute(["OU", "b"])), name(["O", "a"], ["OU", "b"]), false],
  ["order within a relative name after folding", multiple(attribute(["O", "B"]), attribute(["O", "a"])), multiple(attribute(["O", "A"]), attribute(["O", "b"])), true],
  ["quotes do not build another name", common(utf8String('a"],["2.5.4.3=b')), name(["CN", "a"], ["CN", "b"]), false],
  ["a value that is no text", sequence(set(sequence(oid("2.5.4.3"), sequence()))), common(utf8String("")), false],
  ["both empty", sequence(), sequence(), true],
])("%s", (_, a, b, expected) => {
  expect(sameName(parsed(a), parsed(b))).toBe(expected);
});

test("is written for the operator in the order of the certificate", () => {
  expect(nameText(parsed(name(["C", "JP"], ["O", "JPKI"], ["CN", "千代田区 CRLDP"])))).toBe("C=JP, O=JPKI, CN=千代田区 CRLDP");
});

test("a relative name completes the name above it", () => {
  const relative = parseDer(set(attribute(["CN", "CRL 1"])), limits, (reader) => readRelativeName(reader), "malformed_crl");
  if (!relative.valid) return expect.fail(relative.at);
  const parent = parsed(name(["C", "JP"], ["O", "JPKI"]));
  expect(comparableBelow(parent, relative.value)).toBe(parsed(name(["C", "JP"], ["O", "jpki"], ["CN", "crl 1"])).comparable);
  return undefined;
});
