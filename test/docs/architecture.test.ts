import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { readDocument, root, tableUnder } from "./markdown.ts";

const document = readDocument("docs/architecture.md");
const names = (text: string): string[] => [...text.matchAll(/`(?<name>[^`]+)`/gu)].map(({ groups }) => groups?.["name"] ?? "");

describe("docs/architecture.md", () => {
  const map = tableUnder(document, "## Code map").map(([module = "", , files = ""]) => ({ module: module.replaceAll("`", ""), files: names(files) }));

  test("maps every module of src", () => {
    const modules = readdirSync(path.join(root, "src"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(map.map(({ module }) => module).toSorted()).toEqual(modules.map(({ name }) => `src/${name}`).toSorted());
  });

  test.each(map.flatMap(({ module, files }) => files.map((file) => `${module}/${file}`)))("%s is where it says to start", (file) => {
    expect(existsSync(path.join(root, file))).toBe(true);
  });

  test("its layers are those the lint rule enforces", () => {
    const rule = /const layers = \[(?<layers>[^]*?)\n\];/u.exec(readDocument(".oxlint/import-table.js"))?.groups?.["layers"] ?? "";
    const enforced = rule.trim().split("\n").map((line) => [...line.matchAll(/"(?<name>[^"]+)"/gu)].map(({ groups }) => groups?.["name"] ?? "").filter((name) => existsSync(path.join(root, "src", name))));
    const section = document.split("## Who may import whom")[1] ?? "";
    const written = [...section.matchAll(/^\d+\. (?<line>.+)$/gmu)].map(({ groups }) => names(groups?.["line"] ?? ""));
    expect(written).toEqual(enforced);
  });
});
