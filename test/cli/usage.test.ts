import { describe, expect, test } from "vitest";
import { temporaryDirectory } from "../storage/temporary.ts";
import { runCli } from "./run-cli.ts";

const everyCommand = ["serve", "sandbox", "demo", "client", "client add", "client list", "client show", "client doctor", "client remove", "keys", "keys list", "keys rotate", "person", "person show", "person hold", "person review approve", "audit", "audit verify", "audit export", "audit explain"];
const words = (command: string): string[] => command.split(" ").filter(Boolean);

describe("help", () => {
  test.each(["", ...everyCommand])("of jpki-bridge %s: what it does, its options, what the exit codes mean; in plain text", async (command) => {
    const { code, stdout, stderr } = await runCli([...words(command), "--help"], temporaryDirectory());
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout.startsWith(`Usage: jpki-bridge${command === "" ? "" : ` ${command}`} `)).toBe(true);
    expect(stdout).toContain("Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused");
    expect(stdout).not.toContain("\u001b");
  });
});

describe("wrong usage", () => {
  const rows: [name: string, parameters: string[], sentence: string, command: string][] = [
    ["an unknown command", ["enrol"], "unknown command 'enrol'", ""],
    ["an unknown option", ["--verbose"], "unknown option '--verbose'", ""],
    ["an unknown command of a group", ["client", "edit"], "unknown command 'edit'", " client"],
    ["a missing argument", ["client", "show"], "missing required argument 'client-id'", " client show"],
    ["a missing option", ["client", "add", "c1", "--redirect-uri", "https://rp.example/cb"], "required option '--name <name>' not specified", " client add"],
    ["an option without its value", ["client", "list", "--config"], "option '--config <file>' argument missing", " client list"],
    ["an unknown option of a command", ["keys", "rotate", "--now"], "unknown option '--now'", " keys rotate"],
    ["a word that an option does not know", ["keys", "rotate", "--algorithm", "none"], "--algorithm: must be ES256 or RS256, or cookies", " keys rotate"],
    ["serve without a configuration", ["serve"], "required option '--config <file>' not specified", " serve"],
    ["too many arguments", ["client", "show", "a", "b"], "too many arguments for 'show'. Expected 1 argument but got 2: a, b.", " client show"],
  ];
  test.each(rows)("%s: exit 2, with a sentence and where the help is on stderr", async (_name, parameters, sentence, command) => {
    const { code, stdout, stderr } = await runCli(parameters, temporaryDirectory());
    expect([code, stdout, stderr]).toEqual([2, "", `${sentence}\ntry: npx jpki-bridge${command} --help\n`]);
  });

  const groups: [name: string, parameters: string[]][] = [["no command", []], ["a group without its command", ["client"]], ["another", ["keys"]]];
  test.each(groups)("%s: exit 2, with the help on stderr", async (_name, parameters) => {
    const { code, stdout, stderr } = await runCli(parameters, temporaryDirectory());
    expect(stderr.startsWith(["Usage: jpki-bridge", ...parameters].join(" "))).toBe(true);
    expect([code, stdout]).toEqual([2, ""]);
  });
});
