import { describe, expect, test } from "vitest";
import { configurationPage } from "../../docs/generate-configuration.ts";
import { readDocument } from "./markdown.ts";

describe("docs/configuration.md", () => {
  test("is what the schema says now (npm run docs)", () => {
    expect(readDocument("docs/configuration.md")).toBe(configurationPage());
  });

  test("describes the variables that are read, and no others", () => {
    const read = [...readDocument("src/config.ts").matchAll(/(?:environment\["|port\(")(?<name>[A-Z_]+)"/gu)].map(({ groups }) => groups?.["name"]);
    const table = readDocument("docs/configuration.md").split("## Environment").at(-1) ?? "";
    const described = [...table.matchAll(/`(?<name>[A-Z][A-Z_]+)`/gu)].map(({ groups }) => groups?.["name"]);
    expect(described.filter((name) => name !== "NO_COLOR").toSorted()).toEqual([...new Set(read)].toSorted());
  });
});
