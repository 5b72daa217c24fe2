import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { readDocument } from "../docs/markdown.ts";
import { desk } from "./run-cli.ts";

/** The parameters of a document's commands of this program that begin with these words, as a shell would split them. */
function documented(file: string, words: string): string[][] {
  const lines = readDocument(file).split("\n").filter((line) => line.startsWith(`npx jpki-bridge ${words} `));
  return lines.map((line) => (line.replace("npx jpki-bridge ", "").match(/"[^"]*"|\S+/gu) ?? []).map((word) => word.replaceAll('"', "")));
}

test("the documented registrations and rotations work one after another in one folder, and git ignores all their keys", async () => {
  const [, resources = ""] = /```yaml\n(resources:[^`]*)```/u.exec(readDocument("docs/relying-parties.md")) ?? [];
  const { directory, run } = desk(parse(resources) as object);
  const before = readdirSync(directory);
  const commands = [...documented("README.md", "client add"), ...documented("docs/relying-parties.md", "client add"), ...documented("docs/relying-parties.md", "client rotate-key")];
  expect(commands.map(([, verb, client]) => [verb, client])).toEqual([["add", "my-service"], ["add", "library"], ["add", "counter"], ["add", "bank"], ["rotate-key", "my-service"]]);
  for (const command of commands) expect(await run(...command)).toMatchObject({ code: 0, stderr: "" });
  const keys = readdirSync(directory).filter((name) => name.endsWith(".json") && !before.includes(name));
  expect(keys).toContain("client-key.json");
  expect(keys).toHaveLength(commands.length);
  expect(keys.filter((name) => !/^client-key.*\.json$/u.test(name))).toEqual([]);
  expect(readDocument(".gitignore").split("\n")).toContain("client-key*.json");
});
