import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";

const read = (file: string): Promise<string> => readFile(path.join(import.meta.dirname, "../..", file), "utf8");
const quoted = (text: string, pattern: RegExp): Set<string> => new Set([...text.matchAll(pattern)].map(({ groups }) => groups?.["name"] ?? ""));

test("docs/approval.md lists every state, every progress and every action", async () => {
  const [page, types, flow] = await Promise.all([read("docs/approval.md"), read("src/approval/approval-state.ts"), read("src/approval/approval-flow.ts")]);
  expect(quoted(page.slice(page.indexOf("|---|")), /^\| `(?<name>[a-z_]+)` \|/gmu)).toEqual(quoted(types, /readonly step: "(?<name>[a-z_]+)"/gu));
  const progress = types.slice(types.indexOf("export type Progress"), types.indexOf("export interface ConsentAsked"));
  for (const name of quoted(progress, /\| "(?<name>[a-z_]+)"/gu)) expect(page).toContain(`\`${name}\``);
  for (const name of quoted(flow, /^ {2}async (?<name>[a-z]\w+)\(/gmu)) expect(page).toMatch(new RegExp(`\\b${name}\\(`, "u"));
});
