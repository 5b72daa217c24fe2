import type { Command } from "commander";
import { systemClock } from "../clock.ts";
import type { SealedCount, Storage } from "../storage/index.ts";
import { batchOption } from "./batch-option.ts";
import { exitCodes, print, printJson, table } from "./terminal.ts";
import { type AdministrationOptions, withStorage } from "./with-storage.ts";

/** `keys sealing / reseal`: the keys by which the database is sealed, and how one of them leaves. */
export function sealingCommands(command: (name: string, description: string) => Command): void {
  command("sealing", "the keys by which values in the database are sealed, and which of them is needed no more").action((options: AdministrationOptions) =>
    withStorage(options, async (storage) => {
      const keys = sealingKeys(storage, await storage.sealed.census());
      if (options.json === true) return printJson(keys);
      print(table(["KEY", "STATE", "VALUES"], keys.map(({ key, state, values }) => [key, state, String(values)])));
    }),
  );

  command("reseal", "seal everything anew by the first of sealing.keys, beside running bridges; may be stopped and started again")
    .addOption(batchOption())
    .action(({ batch, ...options }: AdministrationOptions & { batch: number }) => withStorage(options, (storage) => reseal(storage, batch, options.json === true)));
}

async function reseal(storage: Storage, batch: number, json: boolean): Promise<void> {
  const columns = await storage.sealed.reseal({
    batch,
    onProgress: ({ column, resealed }) => void process.stderr.write(`${column}: ${resealed}\n`),
  });
  const keys = sealingKeys(storage, await storage.sealed.census());
  const resealed = columns.reduce((sum, column) => sum + column.resealed, 0);
  const unreadable = columns.reduce((sum, column) => sum + column.unreadable, 0);
  if (resealed > 0) await storage.recordReceipt({ kind: "values_resealed", at: systemClock(), personId: null, detail: { key: storage.sealing.currentKey, values: resealed, unreadable } });
  if (json) printJson({ key: storage.sealing.currentKey, columns, keys });
  else {
    print(table(["COLUMN", "SEALED ANEW", "OVERTAKEN", "UNREADABLE"], columns.map((column) => [column.column, String(column.resealed), String(column.overtaken), String(column.unreadable)])));
    for (const { key, state } of keys.filter(({ state }) => state === "unused")) print(`${key} is ${state}: once every bridge has ${storage.sealing.currentKey} first and \`keys sealing\` still says so, take it out of sealing.keys`);
  }
  // What does not open is a finding; so is what an old key has sealed since.
  if (keys.some(({ state, values }) => state !== "current" && values > 0)) process.exitCode = exitCodes.problems;
}

interface SealingKeyUse {
  readonly key: string;
  /** `current`: seals. `needed`: opens what it sealed. `unused`: may be taken out. `missing`: is needed and not configured. */
  readonly state: "current" | "needed" | "unused" | "missing";
  readonly values: number;
  readonly columns: Readonly<Record<string, number>>;
}

function sealingKeys({ sealing }: Storage, counts: readonly SealedCount[]): SealingKeyUse[] {
  return [...new Set([...sealing.keyIds, ...counts.map(({ key }) => key)])].map((key) => {
    const own = counts.filter((count) => count.key === key);
    const values = own.reduce((sum, count) => sum + count.values, 0);
    const state = key === sealing.currentKey ? "current" : !sealing.keyIds.includes(key) ? "missing" : values > 0 ? "needed" : "unused";
    return { key, state, values, columns: Object.fromEntries(own.map((count) => [count.column, count.values])) };
  });
}
