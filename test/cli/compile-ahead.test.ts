import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { temporaryDirectory } from "../storage/temporary.ts";

test("compiles ahead to its end, and says nothing", () => {
  expect(execFileSync(process.execPath, [path.resolve("src/cli/compile-ahead.js")], { encoding: "utf8" })).toBe("");
});

test("fails where it can keep nothing", () => {
  const directory = path.join(temporaryDirectory(), "src", "cli");
  mkdirSync(directory, { recursive: true });
  for (const file of ["compile-ahead.js", "compiled-code.js"]) copyFileSync(path.resolve("src/cli", file), path.join(directory, file));
  writeFileSync(path.join(directory, "../../package.json"), `{ "type": "module" }`);
  // A file where the directory would be: root may write everywhere else.
  writeFileSync(path.join(directory, "../../node_modules"), "");
  const env = { ...process.env };
  delete env["NODE_COMPILE_CACHE"];
  const { status, stderr } = spawnSync(process.execPath, [path.join(directory, "compile-ahead.js")], { encoding: "utf8", env });
  expect([status, stderr]).toEqual([1, expect.stringContaining("nothing was compiled ahead")]);
});

/** What is loaded later than with the file itself. */
const loadedBy = (file: string): string[] => [...readFileSync(`src/cli/${file}`, "utf8").matchAll(/await import\("(?<module>[^"]+)"\)/gu)].map(({ groups }) => groups?.["module"] ?? "");

test("names what serve loads once it is called", () => {
  const later = ["serve.ts", "observation.ts", "supervisor-observation.ts"].flatMap(loadedBy);
  expect(later.length).toBeGreaterThan(4);
  expect(loadedBy("compile-ahead.js")).toEqual(expect.arrayContaining(later));
});
