import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { orThrow } from "../../src/errors.ts";
import { basicAttributes } from "../../src/jpki/index.ts";
import { parseCertificate } from "../../src/pki/certificate.ts";
import { extensionOid } from "../../src/pki/oid.ts";
import { withExtensions } from "../certificates/certificate.ts";
import { explicit, oid, sequence, utf8String } from "../certificates/der-writer.ts";
import { jpkiCertificate, jpkiExtensions } from "../certificates/jpki.ts";

/** The basic attributes of a signature certificate: what it must say of its holder, and how. */

const arc = "1.2.392.200149.8.5.5";
const good = { 1: "見本　太郎", 2: "00000", 3: "1", 4: "319850412", 5: "東京都見本町１", 6: "0000000" };
type Stated = Readonly<Record<number, string | Uint8Array | undefined>>;

function read(stated: Stated, ...more: readonly Uint8Array[]) {
  const otherNames = Object.entries(stated).flatMap(([last, value]) => (value === undefined ? [] : [otherName(last, value)]));
  const extension = { oid: extensionOid.subjectAltName, critical: false, value: sequence(...otherNames, ...more) };
  const certificate = jpkiCertificate({ use: "signature", extensions: withExtensions(jpkiExtensions("signature"), extension) });
  return basicAttributes(orThrow(parseCertificate(certificate)));
}

const otherName = (last: number | string, value: string | Uint8Array): Uint8Array =>
  explicit(0, oid(`${arc}.${last}`), explicit(0, typeof value === "string" ? utf8String(value) : value));

const plain = { name: { text: "見本　太郎", substituted: [] }, address: { text: "東京都見本町１", substituted: [] }, birthDate: "1985-04-12", gender: "male" };

describe("read", () => {
  const rows: readonly (readonly [string, Stated, object])[] = [
    ["as J-LIS writes them", good, plain],
    ["address and its substitutes the other way round", { ...good, 5: "0000000", 6: "東京都見本町１" }, plain],
    ["no substitutes stated", { ...good, 2: undefined, 6: undefined }, plain],
    ["a substitute in the name", { ...good, 2: "01000" }, { ...plain, name: { text: "見本　太郎", substituted: [1] } }],
    ["substitutes in the address, swapped", { ...good, 5: "1000001", 6: "東京都見本町１" }, { ...plain, address: { text: "東京都見本町１", substituted: [0, 6] } }],
    ["a character of two UTF-16 units is one", { ...good, 1: "𠮷田", 2: "10" }, { ...plain, name: { text: "𠮷田", substituted: [0] } }],
    ["female", { ...good, 3: "2" }, { ...plain, gender: "female" }],
    ["gender not known", { ...good, 3: "3" }, { ...plain, gender: null }],
    ["born in Reiwa", { ...good, 4: "520240229" }, { ...plain, birthDate: "2024-02-29" }],
    ["day of birth not known", { ...good, 4: "319500000" }, { ...plain, birthDate: null }],
    ["birth not known", { ...good, 4: "000000000" }, { ...plain, birthDate: null }],
    ["an attribute that is not known here", { ...good, 7: "ミホン　タロウ" }, plain],
  ];
  test.each(rows)("%s", (_name, stated, expected) => {
    expect(read(stated)).toEqual({ valid: true, value: expected });
  });
});

describe("refused", () => {
  const rows: readonly (readonly [string, Stated, string])[] = [
    ["none that is known here", { 7: "ミホン　タロウ" }, "name"],
    ["no name", { ...good, 1: undefined }, "name"],
    ["an empty name", { ...good, 1: "" }, "name"],
    ["a name of spaces", { ...good, 1: "　", 2: "0" }, "name"],
    ["a line break in the name", { ...good, 1: "見本\n太郎" }, "name"],
    ["a control for the direction of writing", { ...good, 1: "見本\u202e太郎" }, "name"],
    ["a name without end", { ...good, 1: "見".repeat(401), 2: undefined }, "name"],
    ["substitutes of another length", { ...good, 2: "0000" }, "name"],
    ["substitutes that are no digits", { ...good, 2: "0x000" }, "name"],
    ["no address", { ...good, 5: undefined }, "address"],
    ["digits for both address and substitutes", { ...good, 5: "0000000" }, "address"],
    ["no birth date", { ...good, 4: undefined }, "birth date"],
    ["a birth date without its era", { ...good, 4: "19850412" }, "birth date"],
    ["an era that is not", { ...good, 4: "619850412" }, "birth date"],
    ["a day that is not", { ...good, 4: "319850230" }, "birth date"],
    ["a thirteenth month", { ...good, 4: "319851301" }, "birth date"],
    ["full-width digits", { ...good, 4: "３１９８５０４１２" }, "birth date"],
    ["no gender", { ...good, 3: undefined }, "gender"],
    ["a gender that is not in the profile", { ...good, 3: "4" }, "gender"],
    ["the name of a property that every object has", { ...good, 3: "constructor" }, "gender"],
    ["a value that is not text", { ...good, 1: Uint8Array.of(0x02, 0x01, 0x01) }, "attribute is not text"],
    ["UTF-8 that is not", { ...good, 1: Uint8Array.of(0x0c, 0x02, 0xc0, 0x80) }, "attribute is not text"],
    ["NUL", { ...good, 1: "見本\0太郎" }, "attribute is not text"],
  ];
  test.each(rows)("%s", (_name, stated, at) => {
    expect(read(stated)).toEqual({ valid: false, code: "malformed_certificate", at });
  });

  test("an attribute that stands twice", () => {
    expect(read(good, otherName(1, "別人"))).toEqual({ valid: false, code: "malformed_certificate", at: "attribute stated twice" });
  });

  test("a certificate without subjectAltName", () => {
    expect(basicAttributes(orThrow(parseCertificate(jpkiCertificate({ use: "signature" }))))).toMatchObject({ valid: false, at: "name" });
  });
});

test("whatever is stated, there is a verdict, and it holds no value", () => {
  const any = fc.option(fc.oneof(fc.string({ unit: "grapheme" }), fc.stringMatching(/^[0-9]{0,10}$/)), { nil: undefined });
  fc.assert(
    fc.property(fc.tuple(any, any, any, any, any, any), ([a, b, c, d, e, f]) => {
      const verdict = read({ 1: a, 2: b, 3: c, 4: d, 5: e, 6: f, 7: "" });
      if (!verdict.valid) expect(["name", "address", "birth date", "gender", "attribute is not text"]).toContain(verdict.at);
    }),
    { numRuns: 200 },
  );
});
