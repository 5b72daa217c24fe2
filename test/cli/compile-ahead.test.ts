import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";

test("compiles ahead to its end, and says nothing", () => {
  expect(execFileSync(process.execPath, [path.resolve("src/cli/compile-ahead.js")], { encoding: "utf8" })).toBe("");
});

/** What is loaded later than with the file itself. */
const loadedBy = (file: string): string[] => [...readFileSync(`src/cli/${file}`, "utf8").matchAll(/await import\("(?<module>[^"]+)"\)/gu)].map(({ groups }) => groups?.["module"] ?? "");

test("names what serve loads once it is called", () => {
  const later = ["serve.ts", "observation.ts", "supervisor-observation.ts"].flatMap(loadedBy);
  expect(later.length).toBeGreaterThan(4);
  expect(loadedBy("compile-ahead.js")).toEqual(expect.arrayContaining(later));
});
