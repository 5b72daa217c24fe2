import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { textOf } from "../docs/declarations.ts";
import { apiPage, readEntryPoints } from "../docs/generate-api.ts";

const entryPoints = readEntryPoints();
const page = readFileSync(path.join(import.meta.dirname, "../docs/api.md"), "utf8");

test("docs/api.md is what `npm run docs -w client-sdk` makes of the sources", () => {
  expect(apiPage(entryPoints)).toBe(page);
});

describe("every sub-path", () => {
  test.for(entryPoints.map((entryPoint) => [entryPoint.specifier, entryPoint] as const))("%s says what it is, and so does all that it exports", ([, { comment, symbols }]) => {
    expect(comment).not.toBe("");
    expect(symbols).not.toEqual([]);
    expect(symbols.filter((symbol) => symbol.comment === "").map(({ name }) => name)).toEqual([]);
  });
});

test("links within the page lead to a symbol", () => {
  const names = new Set(entryPoints.flatMap(({ symbols }) => symbols.map(({ name }) => name.toLowerCase())));
  const anchors = [...page.matchAll(/\]\(#(?<anchor>[^)]*)\)/gu)].map(({ groups }) => groups?.["anchor"] ?? "");
  expect(anchors.length).toBeGreaterThan(50);
  expect(anchors.filter((anchor) => !names.has(anchor))).toEqual([]);
});

describe("a doc comment as Markdown", () => {
  const rows: [comment: string, text: string][] = [
    ["/** One line. */", "One line."],
    ["/**\n * Two\n * lines.\n */\n", "Two\nlines."],
    ["/** See {@link other}. */", "See `other`."],
    ["/**\n * What.\n * @throws TypeError if not\n */", "What.\n- *throws* TypeError if not"],
  ];
  test.for(rows)("%s", ([comment, text]) => expect(textOf(comment)).toBe(text));
});
