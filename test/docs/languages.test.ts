import { describe, expect, test } from "vitest";
import { messagesIn as demoServiceMessages } from "../../src/sandbox/demo-service/messages/index.ts";
import { personas } from "../../src/sandbox/jlis/personas/personas.ts";
import { messagesIn } from "../../views/messages/index.ts";
import { codeBlock, readDocument } from "./markdown.ts";

const [english, japanese] = [readDocument("README.md"), readDocument("README.ja.md")];

test.each(["register", "relying-party", "explain", "production", "keys"])("the Japanese README has the same %s", (label) => {
  expect(codeBlock(japanese, label)).toBe(codeBlock(english, label));
});

/** What a heading's section holds, whatever its language: table rows, and the code it names in order of the alphabet. */
const shape = (document: string): number[][] => document.split(/^(?=##+ )/mu).map((section) => [section.split("\n").filter((line) => line.startsWith("|")).length, section.split("\n").filter((line) => line.startsWith("- ")).length]);

test("the Japanese README has the same sections, tables and limits", () => {
  expect(shape(japanese)).toEqual(shape(english));
});

test("the Japanese README names the same commands, claims and settings", () => {
  const code = (document: string): string[] => [...new Set([...document.replace(/^```[^]*?^```$/gmu, "").matchAll(/`(?<code>[^`\n]+)`/gu)].map(({ groups }) => groups?.["code"] ?? ""))].toSorted();
  expect(code(japanese)).toEqual(code(english));
});

const journeys = [
  { language: "en", document: english, heading: "### The first journey\n" },
  { language: "ja", document: japanese, heading: "### 最初の流れ\n" },
] as const;

describe.each(journeys)("the first journey in $language", ({ language, document, heading }) => {
  const section = document.split(heading)[1]?.split(/^## /mu)[0] ?? "";

  test("names buttons and links as the pages do", () => {
    const texts = textsIn([messagesIn(language), demoServiceMessages(language)]);
    const pressed = [...section.matchAll(/\*\*(?<label>[^*]+)\*\*/gu)].map(({ groups }) => groups?.["label"] ?? "").filter((label) => label !== "1234");
    expect(pressed.length).toBeGreaterThan(5);
    expect(pressed.filter((label) => !texts.has(label))).toEqual([]);
  });

  test("names every persona, as the stand-in does", () => {
    const rows = section.split("\n").filter((line) => line.startsWith("|")).slice(2);
    const named = rows.flatMap((row) => (row.split("|")[1] ?? "").split(/[,、]/u).map((name) => name.trim()));
    expect(named.toSorted()).toEqual(personas.map(({ title }) => title[language]).toSorted());
  });
});

/** Every text of a catalogue, however deep. */
function textsIn(catalogue: unknown): Set<string> {
  if (typeof catalogue === "string") return new Set([catalogue]);
  if (typeof catalogue !== "object" || catalogue === null) return new Set();
  return new Set(Object.values(catalogue).flatMap((member) => [...textsIn(member)]));
}
