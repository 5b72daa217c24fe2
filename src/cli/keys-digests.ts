import type { Command } from "commander";
import { systemClock } from "../clock.ts";
import type { DigestCount, Storage } from "../storage/index.ts";
import { batchOption } from "./batch-option.ts";
import { exitCodes, print, printJson, table } from "./terminal.ts";
import { type AdministrationOptions, withStorage } from "./with-storage.ts";

/** `keys digests / redigest`: the keys by whose digests rows are found, and how another one comes to wrap them. */
export function digestCommands(command: (name: string, description: string) => Command): void {
  command("digests", "the digest keys, and how many digests each was the last to wrap").action((options: AdministrationOptions) =>
    withStorage(options, async (storage) => {
      const keys = digestKeys(storage, await storage.digests.census());
      if (options.json === true) return printJson(keys);
      print(table(["KEY", "STATE", "DIGESTS"], keys.map(({ key, state, values }) => [String(key), state, String(values)])));
    }),
  );

  command("redigest", "put every digest under all digest keys that write, beside running bridges; may be stopped and started again")
    .addOption(batchOption())
    .action(({ batch, ...options }: AdministrationOptions & { batch: number }) => withStorage(options, (storage) => redigest(storage, batch, options.json === true)));
}

async function redigest(storage: Storage, batch: number, json: boolean): Promise<void> {
  const columns = await storage.digests.rewrap({ batch, onProgress: ({ column, wrapped }) => void process.stderr.write(`${column}: ${wrapped}\n`) });
  const keys = digestKeys(storage, await storage.digests.census());
  const key = storage.sealing.writtenLevel;
  const wrapped = columns.reduce((sum, column) => sum + column.wrapped, 0);
  if (wrapped > 0) await storage.recordReceipt({ kind: "digests_wrapped", at: systemClock(), personId: null, detail: { key, values: wrapped } });
  if (json) printJson({ key, columns, keys });
  else print(table(["COLUMN", "WRAPPED", "OVERTAKEN", "DOUBLED"], columns.map(({ column, wrapped: done, overtaken, doubled }) => [column, String(done), String(overtaken), String(doubled.length)])));
  // What stands under fewer keys since is a finding: a bridge writes as before, or lacked the key and doubled somebody.
  if (keys.some(({ state, values }) => state === "wrapped" && values > 0)) process.exitCode = exitCodes.problems;
}

interface DigestKeyUse {
  /** Its place, from 1. */
  readonly key: number;
  /** `wrapped`: by those after it, where it still has digests not all of them yet; needed as long as they. `current`: new digests are its own. `next`: looked for, writes nothing. */
  readonly state: "wrapped" | "current" | "next";
  readonly values: number;
  readonly columns: Readonly<Record<string, number>>;
}

function digestKeys({ sealing }: Storage, counts: readonly DigestCount[]): DigestKeyUse[] {
  return sealing.lookUpKeys.map((_, index) => {
    const key = index + 1;
    const own = counts.filter(({ level }) => level === key);
    const state = key === sealing.writtenLevel ? "current" : key < sealing.writtenLevel ? "wrapped" : "next";
    return { key, state, values: own.reduce((sum, { values }) => sum + values, 0), columns: Object.fromEntries(own.map(({ column, values }) => [column, values])) };
  });
}
