import { describe, expect, test } from "vitest";
import { temporaryDirectory } from "../storage/temporary.ts";
import { runCli } from "./run-cli.ts";

const everyCommand = ["serve", "sandbox", "demo", "client", "client add", "client list", "client show", "client doctor", "client remove", "keys", "keys list", "keys rotate", "audit", "audit verify", "audit export", "audit explain"];
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
  const rows: [string, string[], RegExp][] = [
    ["no command", [], /^Usage: jpki-bridge/],
    ["an unknown command", ["enrol"], /unknown command 'enrol'/],
    ["an unknown option", ["--verbose"], /unknown option '--verbose'/],
    ["a group without its command", ["client"], /^Usage: jpki-bridge client/],
    ["another group without its command", ["keys"], /^Usage: jpki-bridge keys/],
    ["an unknown command of a group", ["client", "edit"], /unknown command 'edit'/],
    ["a missing argument", ["client", "show"], /missing required argument 'client-id'/],
    ["a missing option", ["client", "add", "c1", "--redirect-uri", "https://rp.example/cb"], /required option '--name <name>' not specified/],
    ["an option without its value", ["client", "list", "--config"], /argument missing/],
    ["an unknown option of a command", ["keys", "rotate", "--now"], /unknown option '--now'/],
    ["serve without a configuration", ["serve"], /required option '--config <file>' not specified/],
    ["too many arguments", ["client", "show", "a", "b"], /too many arguments/],
  ];
  test.each(rows)("%s: exit 2, with a sentence and the usage on stderr", async (_name, parameters, sentence) => {
    const { code, stdout, stderr } = await runCli(parameters, temporaryDirectory());
    expect(stderr).toMatch(sentence);
    expect(stderr).toContain("Usage: jpki-bridge");
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).not.toContain("\u001b");
  });
});
