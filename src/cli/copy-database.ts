import path from "node:path";
import type { Command } from "commander";
import { systemClock } from "../clock.ts";
import { isPostgresqlUrl, loadConfiguration, postgresqlUrlForm, sandboxEnvironment } from "../config.ts";
import { type CopiedDatabase, copyDatabase, type Sealing } from "../storage/index.ts";
import { print, printJson, UsageError, withProgress } from "./terminal.ts";
import { sealingOf } from "./with-storage.ts";

interface CopyOptions {
  readonly from: string;
  readonly to?: string;
  readonly config?: string;
  readonly json?: boolean;
}

/** `copy-database`: from SQLite to PostgreSQL, all of it or nothing. */
export function copyDatabaseCommand(command: Command): void {
  command
    .requiredOption("--from <file>", "SQLite database; stop the bridge on it first")
    .option("--to <url>", "empty PostgreSQL database, postgresql://user@host/database; DATABASE_URL when not given, which no list of processes shows")
    .option("--config <file>", "configuration file with the sealing keys: the chain of receipts is verified in the copy")
    .option("--json", "print JSON")
    .action(async ({ from, to, config, json }: CopyOptions) => {
      const url = to ?? sandboxEnvironment(process.env).databaseUrl;
      if (url === null || !isPostgresqlUrl(url)) throw new UsageError(`--to: ${postgresqlUrlForm}`);
      let done = "";
      const copying = copyDatabase({ file: path.resolve(from), url, sealing: config === undefined ? null : sealingIn(config), now: systemClock(), onProgress: (copied, of) => void (done = `, ${copied} of ${of} rows`) });
      const result = await withProgress(() => `copying${done}`, copying);
      if (json === true) return printJson({ rows: rowsOf(result), tables: result.tables, receipts_verified: result.chain?.receipts ?? null });
      print(sentenceOf(result));
    });
}

function sealingIn(file: string): Sealing {
  // What the environment says of the database is not asked: the two are named here.
  return sealingOf(loadConfiguration(file, {}));
}

const rowsOf = ({ tables }: CopiedDatabase): number => Object.values(tables).reduce((sum, rows) => sum + rows, 0);

function sentenceOf(result: CopiedDatabase): string {
  const chain = result.chain === null ? "the chain of receipts was not verified: no configuration was given" : `the chain of ${result.chain.receipts} receipts holds`;
  return `${rowsOf(result)} rows of ${Object.keys(result.tables).length} tables copied; ${chain}`;
}
