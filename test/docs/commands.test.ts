import path from "node:path";
import { expect, test } from "vitest";
import { readDocument, root, tableUnder } from "./markdown.ts";
import { run } from "./run.ts";

const rows = tableUnder(readDocument("README.md"), "## Commands").map(([command = ""]) => command.replaceAll("`", ""));
const { scripts } = JSON.parse(readDocument("package.json")) as { scripts: Record<string, string> };

const npm = rows.filter((row) => row.startsWith("npm ")).map((row) => row.replace(/^npm (?:run )?/u, "").split(" ")[0] ?? "");
test.each(npm)("npm script %s is there", (name) => {
  expect(scripts[name]).toBeDefined();
});

const commands = rows
  .filter((row) => row.startsWith("npx jpki-bridge "))
  .map((row) => row.replace("npx jpki-bridge ", "").replace(/ -.*/u, ""))
  .flatMap((row) => {
    // Of `a b c / d`, the commands are `a b c` and `a b d`.
    const [first = "", ...alternatives] = row.split(" / ");
    const group = first.split(" ").slice(0, -1);
    return [first.split(" "), ...alternatives.map((verb) => [...group, verb])];
  })
  .map((words) => ({ command: words.join(" "), words }));

test("the README names commands", () => {
  expect(commands.length).toBeGreaterThan(6);
});

test.each(commands)("jpki-bridge $command explains itself", async ({ command, words }) => {
  const { code, output } = await run(process.execPath, [path.join(root, "src/cli/jpki-bridge.js"), ...words, "--help"], { cwd: root });
  expect(output).toMatch(new RegExp(`^Usage: jpki-bridge ${command} `, "u"));
  expect(code).toBe(0);
});
