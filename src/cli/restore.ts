import { readFileSync } from "node:fs";
import path from "node:path";
import type { Command } from "commander";
import { systemClock } from "../clock.ts";
import { administeredConfiguration, type Configuration } from "../config.ts";
import { Refusal } from "../errors.ts";
import { refuseAtWork, restoreSqlite, type Storage, verifyReceipts } from "../storage/index.ts";
import { type AfterRestoreDone, makeSafe, type NothingLacks, whyNotTheEnd } from "./after-restore.ts";
import { operatorOf } from "./operator.ts";
import { requireSealingKeys } from "./sealing.ts";
import { print, printJson, UsageError, withProgress } from "./terminal.ts";
import { type AdministrationOptions, sealingOf, sqliteFile, withStorage } from "./with-storage.ts";

interface RestoreOptions extends AdministrationOptions {
  readonly from?: string;
  readonly to?: string;
  readonly inPlace?: boolean;
  readonly checkpoint?: string;
  readonly nothingLacks?: string;
  readonly operator?: string;
}

/** `restore`: a backup is checked, made safe and put in place; or a database that other tools put in place is. */
export function restoreCommand(restore: Command): void {
  restore
    .option("--from <directory>", "a backup")
    .option("--to <file>", "where the database is to be; the configuration's database when not given")
    .option("--in-place", "check and make safe the configuration's own database, which other tools put back (PostgreSQL); no bridge may run on it")
    .option("--checkpoint <file>", "what `audit checkpoint --final` printed, the bridge having stopped: shows that nothing happened after the backup")
    .option("--nothing-lacks <reason>", "the operator answers for it that nothing happened after the backup; written down: no names")
    .option("--operator <name>", "who answers for it; the user of this system when not given")
    .option("--config <file>", "configuration file with the sealing keys; the sandbox's when not given")
    .option("--json", "print JSON")
    .action(async (options: RestoreOptions) => {
      refuseContradictions(options);
      let people = 0;
      const onPeople = (done: number): void => void (people = done);
      const restoring = options.from === undefined ? inPlace(options, onPeople) : fromBackup(options, options.from, onPeople);
      const done = await withProgress(() => (people === 0 ? "checking and restoring" : `${people} people signed out`), restoring);
      if (options.json === true) return printJson(done);
      print(sentenceOf(done));
    });
}

function refuseContradictions({ from, to, inPlace: isInPlace, checkpoint, nothingLacks }: RestoreOptions): void {
  if ((from === undefined) !== (isInPlace === true)) throw new UsageError("name a backup with --from, or say --in-place");
  if (isInPlace === true && to !== undefined) throw new UsageError("--to goes with --from");
  if (checkpoint !== undefined && nothingLacks !== undefined) throw new UsageError("give either --checkpoint or --nothing-lacks");
}

interface Restored extends AfterRestoreDone {
  readonly file?: string;
  /** ISO 8601; only a backup of the bridge's own says it. */
  readonly made_at?: string;
  /** Seconds since then. */
  readonly age?: number;
}

type OnPeople = (people: number) => void;

async function fromBackup(options: RestoreOptions, from: string, onPeople: OnPeople): Promise<Restored> {
  const configuration = administeredConfiguration(options.config, process.env);
  const file = path.resolve(options.to ?? sqliteFile(configuration));
  const sealing = sealingOf(configuration);
  return restoreSqlite({
    directory: from, file, sealing,
    prepare: async (storage, { made_at }) => {
      // Else the next start would say so, after everything was put in place and made safe.
      await requireSealingKeys(storage);
      const done = await makeItSafe(storage, configuration, options, made_at, onPeople);
      return { file, made_at: new Date(made_at * 1000).toISOString(), age: done.restored_at - made_at, ...done };
    },
  });
}

async function inPlace(options: RestoreOptions, onPeople: OnPeople): Promise<Restored> {
  return withStorage(options, async (storage, configuration) => {
    await refuseAtWork(storage, systemClock());
    const { fault } = await verifyReceipts(storage.read);
    if (fault !== null) throw new Refusal("invalid_request", `the chain of receipts is broken at receipt ${fault.sequence}`);
    return makeItSafe(storage, configuration, options, null, onPeople, true);
  });
}

async function makeItSafe(storage: Storage, { assurance }: Configuration, options: RestoreOptions, madeAt: number | null, onPeople: OnPeople, isInPlace = false): Promise<AfterRestoreDone> {
  return makeSafe(storage, { onPeople, isInPlace, at: systemClock(), policy: assurance, nothingLacks: await nothingLacks(storage, options, madeAt) });
}

async function nothingLacks(storage: Storage, { checkpoint, nothingLacks: reason, operator }: RestoreOptions, madeAt: number | null): Promise<NothingLacks | null> {
  if (reason !== undefined) return { by: "operator", ...operatorOf({ reason, ...(operator !== undefined && { operator }) }) };
  if (checkpoint === undefined) return null;
  const token = readText(checkpoint);
  const complaint = await whyNotTheEnd(storage, token, madeAt);
  if (complaint !== null) throw new Refusal("invalid_request", `--checkpoint: ${complaint}`);
  return { by: "checkpoint" };
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    throw new Refusal("invalid_request", `--checkpoint: ${file} cannot be read`);
  }
}

/** Seconds after which one asks whether there is no newer backup. */
const old = 2 * 86_400;

function sentenceOf({ made_at, age = 0, last_receipt, people, passkeys_suspended, nothing_lacks }: Restored): string {
  const lines = [`restored as of receipt ${last_receipt}: ${people} people, who sign in again`];
  if (made_at !== undefined) lines.push(`the backup was made at ${made_at}, ${Math.floor(age / 3600)} hours ago`);
  if (age > old) lines.push("that is old: is there no newer one?");
  if (nothing_lacks === null) lines.push(`${passkeys_suspended} passkeys are suspended until a JPKI signature of their person, and the provider makes new keys`, "look at what changed after the backup: docs/backup.md, After a restore");
  return lines.join("\n");
}
