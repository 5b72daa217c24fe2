import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { systemClock } from "../clock.ts";
import { administeredConfiguration } from "../config.ts";
import { backUpSqlite } from "../storage/index.ts";
import { print, printJson, withProgress } from "./terminal.ts";
import { type AdministrationOptions, sealingOf, sqliteFile } from "./with-storage.ts";

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string };

/** `backup`: the whole database at one moment, while the bridge goes on. */
export function backupCommand(backup: Command): void {
  backup
    .requiredOption("--to <directory>", "where the backup is to be: a directory that is not there yet, or is empty")
    .option("--config <file>", "configuration file; the sandbox's when not given")
    .option("--json", "print JSON")
    .action(async ({ to, config, json }: AdministrationOptions & { readonly to: string }) => {
      const configuration = administeredConfiguration(config, process.env);
      let share = 0;
      const request = { file: sqliteFile(configuration), directory: to, sealing: sealingOf(configuration), version, now: systemClock(), onProgress: (copied: number) => void (share = copied) };
      const manifest = await withProgress(() => `copying, ${Math.round(share * 100)} %`, backUpSqlite(request));
      if (json === true) return printJson({ directory: to, ...manifest });
      print(`${to} holds ${manifest.bytes} bytes as of receipt ${manifest.last_receipt.sequence}\nto open it these sealing keys are needed, which are not in it: ${manifest.sealing_keys.join(", ")}; and the digest keys`);
    });
}
