#!/usr/bin/env node
import { Command } from "commander";
import { ConfigurationError } from "../config-error.ts";
import { Refusal } from "../errors.ts";
import { addCommands } from "./commands.ts";
import { CommandError, complain, complainOfRefusal, complainOfUsage, exitCodes, UsageError } from "./terminal.ts";

const program = new Command("jpki-bridge")
  .description("An OpenID Provider that verifies a JPKI certificate once, binds it to a passkey, and says in every token how sure it is")
  .addHelpText("afterAll", "\nExit codes: 0 done, 1 failed, 2 wrong usage, 3 refused (configuration or input), 4 a check found problems");

// Before the commands are added: they take it over from the program.
program.exitOverride((error) => process.exit(error.exitCode === 0 ? exitCodes.done : exitCodes.usage));
await addCommands(program, process.argv.slice(2));

let running: Command = program;
program.hook("preAction", (_program, action) => void (running = action));
for (const command of withItsCommands(program)) command.configureOutput({ outputError: (text) => complainOfUsage(text.replace(/^error: /u, "").trim().replaceAll("\n", " "), nameOf(command)) });

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof ConfigurationError) complain(error.message, exitCodes.refused, "configuration");
  else if (error instanceof UsageError) complainOfUsage(error.message, nameOf(running));
  else if (error instanceof Refusal) complainOfRefusal(error);
  else complain(sentenceOf(error), error instanceof CommandError ? error.exitCode : exitCodes.failed);
  // What the command had begun would go on otherwise: a sandbox half started keeps listening.
  process.exit();
}

/** What the system refused says it all (a port that is taken); of anything else the stack is needed. */
function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error instanceof CommandError || "syscall" in error ? error.message : (error.stack ?? error.message);
}

function withItsCommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withItsCommands)];
}

/** As it is typed: `jpki-bridge client add`. */
function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;
}
