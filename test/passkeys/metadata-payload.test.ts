import { describe, expect, test } from "vitest";
import { toBase64, utf8 } from "../../src/bytes.ts";
import { readIcon } from "../../src/passkeys/metadata-icon.ts";
import { type AuthenticatorModel, readPayload } from "../../src/passkeys/metadata-payload.ts";
import { entry, model, payload, root } from "./metadata-world.ts";

const refusal = (input: unknown): string => {
  const verdict = readPayload(input);
  return verdict.valid ? "accepted" : `${verdict.code} ${verdict.at}`;
};
const withEntry = (changed: object): object => payload({ entries: [{ ...entry(model), ...changed }] });

const malformed: [string, unknown, string][] = [
  ["a list", [], "payload"],
  ["null", null, "payload"],
  ["without a number", payload({ no: undefined }), "no"],
  ["of a number in text", payload({ no: "7" }), "no"],
  ["of a negative number", payload({ no: -1 }), "no"],
  ["of a number beyond what is exact", payload({ no: 2 ** 53 }), "no"],
  ["of half a number", payload({ no: 1.5 }), "no"],
  ["without a date", payload({ nextUpdate: undefined }), "nextUpdate"],
  ["of a date with a time", payload({ nextUpdate: "2026-06-01T00:00:00Z" }), "nextUpdate"],
  ["of a date that is none", payload({ nextUpdate: "2026-06-31" }), "nextUpdate"],
  ["of a date in another order", payload({ nextUpdate: "01-06-2026" }), "nextUpdate"],
  ["without entries", payload({ entries: undefined }), "entries"],
  ["of entries by name", payload({ entries: { [model]: entry(model) } }), "entries"],
  ["of 20,001 entries", payload({ entries: Array.from({ length: 20_001 }, () => ({})) }), "entries"],
  ["with an entry that is null", payload({ entries: [entry(model), null] }), "entries[1].object"],
  ["with an entry that is text", payload({ entries: ["x"] }), "entries[0].object"],
  ["with an AAGUID that is none", withEntry({ aaguid: "abab" }), "entries[0].aaguid"],
  ["with an AAGUID that is a number", withEntry({ aaguid: 1 }), "entries[0].aaguid"],
  ["with an AAGUID in braces", withEntry({ aaguid: `{${model}}` }), "entries[0].aaguid"],
  ["with a statement that is a list", withEntry({ metadataStatement: [] }), "entries[0].metadataStatement"],
  ["with a root that is no list", withEntry({ metadataStatement: { attestationRootCertificates: "MII" } }), "entries[0].attestationRootCertificates"],
  ["without status reports", withEntry({ statusReports: undefined }), "entries[0].statusReports"],
  ["with status reports by name", withEntry({ statusReports: { status: "REVOKED" } }), "entries[0].statusReports"],
  ["with a report that is null", withEntry({ statusReports: [null] }), "entries[0].statusReports.status"],
  ["with a report without status", withEntry({ statusReports: [{ effectiveDate: "2026-01-01" }] }), "entries[0].statusReports.status"],
];
test.each(malformed)("a payload is refused when it is %s", (_name, input, at) => expect(refusal(input)).toBe(`malformed_metadata ${at}`));

/** What is read of the one entry. */
function read(changed: object): AuthenticatorModel | undefined {
  const verdict = readPayload(withEntry(changed));
  if (!verdict.valid) throw new Error(`${verdict.code} ${verdict.at}`);
  return verdict.value.models.get(model);
}
const stated = (statement: object): AuthenticatorModel | undefined => read({ metadataStatement: statement });

describe("an entry", () => {
  test("without a statement is a model of which only the state is known", () => {
    expect(read({ metadataStatement: undefined })).toEqual({ aaguid: model, name: { en: null, ja: null }, icon: null, roots: [], compromisedSince: null });
  });
  const unlisted: [string, object][] = [
    ["of U2F, by key identifiers", { aaguid: undefined, attestationCertificateKeyIdentifiers: ["7c0903708b87115b0b422def3138c3c864e44573"] }],
    ["of UAF, by AAID", { aaguid: undefined, aaid: "4e4e#4005" }],
    ["of the AAGUID that stands for none", { aaguid: "00000000-0000-0000-0000-000000000000" }],
  ];
  test.each(unlisted)("%s is passed over", (_name, changed) => {
    const verdict = readPayload(withEntry(changed));
    expect(verdict.valid && verdict.value.models.size).toBe(0);
  });

  const roots: [string, unknown[], number][] = [
    ["as they are", [toBase64(root.certificate)], 1],
    ["with line breaks", [toBase64(root.certificate).replaceAll(/(.{64})/g, "$1\r\n")], 1],
    ["but not what is no base64", ["-----BEGIN CERTIFICATE-----", 7, toBase64(root.certificate)], 1],
    ["none", [], 0],
  ];
  test.each(roots)("gives its roots %s", (_name, attestationRootCertificates, count) => {
    const found = stated({ attestationRootCertificates })?.roots ?? [];
    expect(found).toHaveLength(count);
    if (count > 0) expect(found[0]).toEqual(Uint8Array.from(root.certificate));
  });

  const names: [string, object, AuthenticatorModel["name"]][] = [
    ["the description", { description: "Key 5" }, { en: "Key 5", ja: null }],
    ["and its Japanese", { description: "Key 5", alternativeDescriptions: { "fr-FR": "Clé 5", "ja-JP": "キー５" } }, { en: "Key 5", ja: "キー５" }],
    ["the friendly name first", { description: "Maker Key 5 FIPS", friendlyNames: { "en-US": "Key 5", ja: "キー５" } }, { en: "Key 5", ja: "キー５" }],
    ["no language that only begins alike", { description: "Key 5", alternativeDescriptions: { jav: "Kunci" } }, { en: "Key 5", ja: null }],
    ["none that is empty", { description: " " }, { en: null, ja: null }],
    ["none that is no text", { description: 5, alternativeDescriptions: ["ja"] }, { en: null, ja: null }],
    ["without characters that hide or turn", { description: "Key\u202e 5\u0000\n" }, { en: "Key 5", ja: null }],
    ["cut where it is too long", { description: "K".repeat(500) }, { en: "K".repeat(120), ja: null }],
  ];
  test.each(names)("is named by %s", (_name, statement, expected) => expect(stated(statement)?.name).toEqual(expected));
});

const png = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1);
const jpeg = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0);
const svg = utf8("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>");
const big = new Uint8Array(65 * 1024);
big.set(png);
const icons: [string, unknown, string | null][] = [
  ["a PNG", `data:image/png;base64,${toBase64(png)}`, "image/png"],
  ["a JPEG", `data:image/jpeg;base64,${toBase64(jpeg)}`, "image/jpeg"],
  ["a JPEG that says it is a PNG", `data:image/png;base64,${toBase64(jpeg)}`, "image/jpeg"],
  ["an SVG", `data:image/svg+xml;base64,${toBase64(svg)}`, null],
  ["an SVG that says it is a PNG", `data:image/png;base64,${toBase64(svg)}`, null],
  ["a page", `data:text/html;base64,${toBase64(png)}`, null],
  ["without base64", "data:image/png,%89PNG", null],
  ["with loose bits", "data:image/png;base64,iVBORw0KGgp=", null],
  ["somewhere else", "https://maker.example/icon.png", null],
  ["of 65 KB", `data:image/png;base64,${toBase64(big)}`, null],
  ["empty", "data:image/png;base64,", null],
  ["a number", 7, null],
  ["missing", undefined, null],
];
test.each(icons)("what becomes of an icon that is %s", (_name, url, type) => expect(readIcon(url)?.type ?? null).toBe(type));
