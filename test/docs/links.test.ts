import { existsSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { documents, readDocument, root, withoutCode } from "./markdown.ts";

/** The anchors of a document, as they are made from its headings on code hosts. */
function anchorsOf(file: string): Set<string> {
  const headings = withoutFences(readDocument(file)).matchAll(/^#+ (?<title>.+)$/gmu);
  return new Set([...headings].map(({ groups }) => anchorOf(groups?.["title"] ?? "")));
}

const withoutFences = (document: string): string => document.replace(/^```[^]*?^```$/gmu, "");
const anchorOf = (title: string): string => title.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").replaceAll(" ", "-");

function linksOf(file: string): string[] {
  return [...withoutCode(readDocument(file)).matchAll(/\]\((?<target>[^)\s]+)\)/gu)].map(({ groups }) => groups?.["target"] ?? "");
}

const relative = documents().flatMap((file) => linksOf(file).filter((target) => !/^[a-z]+:/u.test(target)).map((target) => ({ file, target })));

describe("links between the documents", () => {
  test("there are documents and links", () => {
    expect(documents()).toEqual(expect.arrayContaining(["README.md", "README.ja.md", "SECURITY.md", "CHANGELOG.md", "docs/architecture.md"]));
    expect(relative.length).toBeGreaterThan(20);
  });

  test.each(relative)("$file: $target", ({ file, target }) => {
    const [address = "", anchor] = target.split("#");
    const to = address === "" ? file : path.posix.normalize(path.posix.join(path.posix.dirname(file), address));
    expect(existsSync(path.join(root, to)), to).toBe(true);
    if (anchor !== undefined) expect([...anchorsOf(to)]).toContain(decodeURIComponent(anchor));
  });

  test("every document in docs is reached from the README", () => {
    const reached = linksOf("README.md");
    expect(documents().filter((file) => file.startsWith("docs/") && !reached.includes(file))).toEqual([]);
  });
});

/** Files named in running text, such as `src/web/app.ts`, are there. */
const named = documents().flatMap((file) => {
  const found = withoutFences(readDocument(file)).matchAll(/`(?<name>(?:src|views|client-sdk|test|prisma|docs|\.oxlint|\.ci|bench)\/[\w./-]+)`/gu);
  return [...new Set([...found].map(({ groups }) => groups?.["name"] ?? ""))].map((name) => ({ file, name }));
});

test.each(named)("$file names $name, which exists", ({ name }) => {
  expect(existsSync(path.join(root, name))).toBe(true);
});
