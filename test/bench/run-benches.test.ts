import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import path from "node:path";
import { expect, test, vi } from "vitest";
import { compare } from "../../bench/measurement.ts";
import { runBenches } from "../../bench/run-benches.ts";
import { readDocument, root } from "../docs/markdown.ts";

const figure = compare("a figure", 2, "s", "another", 1);
const benches = new Map([
  ["first", { measures: "something", run: async () => [figure] }],
  ["broken", { measures: "nothing", run: () => Promise.reject(new Error("no server")) }],
  ["last", { measures: "something", run: async () => [figure] }],
]);

test.each([
  ["as JSON", true, `${JSON.stringify([figure, figure], null, 2)}\n`],
  ["in lines", false, "a figure: 2 s (another: 1 s; ratio 2)\n".repeat(2)],
])("one that fails takes away nothing of what the others measured, %s", async (_name, json, expected) => {
  let [said, told] = ["", ""];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => ((said += String(text)), true));
  vi.spyOn(process.stderr, "write").mockImplementation((text) => ((told += String(text)), true));
  const failed = await runBenches([...benches.keys()], benches, json).finally(() => vi.restoreAllMocks());
  expect([failed, said]).toEqual([["broken"], expected]);
  expect(told).toContain("no server");
});

test("documents name benchmarks that there are", () => {
  const help = execFileSync(process.execPath, [path.join(root, "bench/main.ts"), "--help"], { encoding: "utf8" });
  const documents = readdirSync(path.join(root, "docs")).filter((name) => name.endsWith(".md"));
  const named = documents.flatMap((name) => [...readDocument(`docs/${name}`).matchAll(/npm run bench -- (?:--json )?(?<bench>[a-z]+)/gu)].map(({ groups }) => groups?.["bench"] ?? ""));
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((bench) => !help.includes(`\n  ${bench} `))).toEqual([]);
});
