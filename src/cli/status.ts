import type { Command } from "commander";
import { systemClock } from "../clock.ts";
import { giveStatusNotice } from "./status-notice.ts";
import { print, printJson } from "./terminal.ts";
import { type AdministrationOptions, withStorage } from "./with-storage.ts";

/** `status refresh`: word of a new CRL. */
export function statusCommands(status: Command): void {
  status.command("refresh")
    .description("tell every running bridge that shares the database to look for new CRLs now")
    .option("--config <file>", "configuration file; the sandbox's when not given")
    .option("--json", "print JSON")
    .action((options: AdministrationOptions) => withStorage(options, async (storage) => {
      await giveStatusNotice(storage, systemClock());
      if (options.json === true) printJson({ told: true });
      else print("every running bridge looks for new CRLs within a second");
    }));
}
