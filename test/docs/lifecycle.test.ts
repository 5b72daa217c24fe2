import { expect, test } from "vitest";
import { lifecyclePage } from "../../docs/generate-lifecycle.ts";
import { transitions } from "../../src/people/index.ts";
import { readDocument } from "./markdown.ts";

test("docs/lifecycle.md is what the code says now (npm run docs)", () => {
  expect(readDocument("docs/lifecycle.md")).toBe(lifecyclePage());
});

test.each(Object.values(transitions))("every transition is drawn", (machine) => {
  for (const [name, { from, to }] of Object.entries<{ from: readonly string[]; to: string }>(machine)) {
    for (const state of from.filter((each) => each !== to)) expect(lifecyclePage()).toContain(`  ${state} --> ${to}: ${name.replaceAll("_", " ")}\n`);
  }
});
