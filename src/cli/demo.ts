import type { Command } from "commander";
import { exitCodes, printJson, withProgress } from "./terminal.ts";

export function demoCommand(command: Command): void {
  command
    .option("--json", "print one JSON document (this is also what is printed without it)")
    .action(async () => {
      const { runDemo } = await import("../sandbox/demo/demo.ts");
      const { document, held } = await withProgress("enrolling and signing in", runDemo());
      printJson(document);
      if (!held) process.exitCode = exitCodes.failed;
    });
}
