import { existsSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { readDocument, root, tableUnder } from "./markdown.ts";

const document = readDocument("docs/conformance.md");
const plans = [...document.matchAll(/^## .+$/gmu)].map(([heading]) => heading);
const rows = plans.flatMap((plan) => tableUnder(document, plan).map(([module = "", outcome = "", why = ""]) => ({ plan, module, outcome, why })));

describe("docs/conformance.md", () => {
  test.each(rows.filter(({ outcome }) => outcome === "pass"))("$plan: $module is shown by a test that there is", ({ why }) => {
    const { file = "", title = "" } = /^`(?<file>[^`]+\.test\.ts)`: (?<title>.+)$/u.exec(why)?.groups ?? {};
    expect(existsSync(path.join(root, file))).toBe(true);
    expect(title).not.toBe("");
    // A title stands in its file between quotes, as every title and row does.
    expect(readDocument(file)).toContain(`"${title}"`);
  });

  test("every module has an outcome, and a reason unless it passes", () => {
    expect(rows.length).toBeGreaterThan(100);
    expect(rows.filter(({ outcome, why }) => !["pass", "not applicable", "not done"].includes(outcome) || why === "")).toEqual([]);
  });

  test("the numbers are the tables'", () => {
    const count = (wanted: string): number => rows.filter(({ outcome }) => outcome === wanted).length;
    expect(document).toContain(`${count("pass")} pass, ${count("not applicable")} not applicable, ${count("not done")} not done`);
  });
});
