import { describe, expect, test } from "vitest";
import { crosswalkDocument, explanations } from "../../src/assurance/index.ts";
import { readDocument, tableUnder } from "./markdown.ts";

const words: Readonly<Record<string, (value: unknown) => string>> = {
  ial: (level) => `IAL ${String(level)}`,
  aal: (level) => `AAL ${String(level)}`,
  phishing_resistant: () => "phishing resistant",
  hardware_bound: () => "key bound to hardware",
  status_checked_now: () => "status good and asked for within 5 minutes",
};

describe("docs/assurance.md", () => {
  test("its crosswalk is the one that is served", () => {
    const served = crosswalkDocument().scales.flatMap(({ vocabulary, values }) =>
      values.map(({ acr, requires }) => [vocabulary, `\`${acr}\``, Object.entries(requires).map(([name, value]) => words[name]?.(value)).join(", ")]),
    );
    expect(tableUnder(readDocument("docs/assurance.md"), "## Crosswalk")).toEqual(served);
  });

  test.each([["### Rules that give a level", explanations.rules], ["### Facts that cap it", explanations.caps]])("%s: every code, in the words of the program", (heading, sentences) => {
    expect(tableUnder(readDocument("docs/assurance.md"), heading)).toEqual(Object.entries(sentences).map(([code, { en }]) => [`\`${code}\``, en]));
  });

  test.each(["README.md", "README.ja.md"])("every value that %s tells to ask for is known", (file) => {
    const known = new Set(crosswalkDocument().scales.flatMap(({ values }) => values.map(({ acr }) => acr)));
    const section = readDocument(file).split(/^(?=#+ )/mu).find((part) => part.startsWith("###") && part.includes("`urn:jpki-bridge:ial3-aal3`")) ?? "";
    const rows = section.split("\n").filter((line) => line.startsWith("|")).slice(2);
    const asked = rows.flatMap((row) => [...row.matchAll(/`(?<acr>[^`]+)`/gu)].map(({ groups }) => groups?.["acr"] ?? ""));
    expect(asked.length).toBeGreaterThan(5);
    expect(asked.filter((acr) => !known.has(acr))).toEqual([]);
  });
});
