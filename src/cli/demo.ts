import type { Command } from "commander";
import { exitCodes, printJson, withProgress } from "./terminal.ts";

export function demoCommand(program: Command): void {
  program
    .command("demo")
    .description("the main job without a person: enrol, passkey, sign in again, read the claims, in a real browser")
    .option("--json", "print one JSON document (this is also what is printed without it)")
    .action(async () => {
      const { runDemo } = await import("../sandbox/demo/demo.ts");
      const { document, held } = await withProgress("enrolling and signing in", runDemo());
      printJson(document);
      if (!held) process.exitCode = exitCodes.failed;
    });
}
