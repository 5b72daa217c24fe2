import { copyFileSync, constants, existsSync, linkSync, readFileSync } from "node:fs";
import path from "node:path";
import Database from "better-sqlite3";
import { Refusal } from "../errors.ts";
import { flush } from "./backup.ts";
import { digestOf, problemsOf } from "./backup-inspection.ts";
import { backupFiles, type BackupManifest, readManifest } from "./backup-manifest.ts";
import { verifyReceipts } from "./receipt-chain.ts";
import type { Sealing } from "./sealing.ts";
import { openSqlite } from "./sqlite.ts";
import { makeStaging } from "./staging.ts";
import type { Storage } from "./storage.ts";

export interface RestorationRequest<Prepared> {
  /** A backup. */
  readonly directory: string;
  /** Where the database is to be. */
  readonly file: string;
  readonly sealing: Sealing;
  /** What is to be made of the copy before it is in place; whatever it throws keeps it from there. */
  readonly prepare: (storage: Storage, manifest: BackupManifest) => Promise<Prepared>;
}

/**
 * Puts a backup in place, whole or not at all: it is copied beside its place, checked and prepared there,
 * and gets its name last. What an attempt that was killed left is removed by the next.
 * @returns what `prepare` made of it.
 * @throws Refusal `invalid_request` with everything that keeps it from being put there.
 */
export async function restoreSqlite<Prepared>({ directory, file, sealing, prepare }: RestorationRequest<Prepared>): Promise<Prepared> {
  refuseOccupied(file);
  const manifest = manifestIn(directory, sealing);
  const { directory: staging, remove } = makeStaging(file, "restoring");
  const staged = path.join(staging, path.basename(file));
  try {
    copyFileSync(path.join(directory, backupFiles.database), staged, constants.COPYFILE_EXCL);
    await check(staged, manifest, sealing);
    const prepared = await prepareCopy(staged, sealing, (storage) => prepare(storage, manifest));
    leaveOneFile(staged);
    refuseOccupied(file);
    // Unlike a renaming, this never takes the place of what came there meanwhile.
    linkSync(staged, file);
    flush(path.dirname(path.resolve(file)));
    return prepared;
  } finally {
    remove();
  }
}

function refuseOccupied(file: string): void {
  const inTheWay = [file, `${file}-wal`, `${file}-shm`].find(existsSync);
  if (inTheWay !== undefined) throw new Refusal("invalid_request", `${inTheWay} is there already: a restore never takes the place of a database`);
}

async function prepareCopy<Prepared>(staged: string, sealing: Sealing, prepare: (storage: Storage) => Promise<Prepared>): Promise<Prepared> {
  const storage = opened(staged, sealing);
  try {
    const { fault } = await verifyReceipts(storage.read);
    if (fault !== null) refuse([`the chain of receipts is broken at receipt ${fault.sequence}`]);
    return await prepare(storage);
  } finally {
    await storage.close();
  }
}

function manifestIn(directory: string, sealing: Sealing): BackupManifest {
  let text: string;
  try {
    text = readFileSync(path.join(directory, backupFiles.manifest), "utf8");
  } catch {
    throw new Refusal("invalid_request", `--from: ${directory} holds no backup: ${backupFiles.manifest} cannot be read`);
  }
  const manifest = readManifest(text, sealing);
  if (manifest === "unreadable") throw new Refusal("invalid_request", `--from: ${backupFiles.manifest} is not that of a backup which this version reads`);
  if (manifest === "not_ours") throw new Refusal("invalid_request", `--from: ${backupFiles.manifest} was changed, or the digest key of this configuration is not the one of the bridge that made the backup`);
  return manifest;
}

function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw new Refusal("invalid_request", `the backup is not put in place: ${problems.join("; ")}`);
}

async function check(staged: string, manifest: BackupManifest, sealing: Sealing): Promise<void> {
  if ((await digestOf(staged)) !== manifest.sha256) refuse(["the database is not the one that the manifest names: its digest differs"]);
  const database = new Database(staged);
  try {
    refuse(problemsOf(database, manifest, sealing));
  } finally {
    database.close();
  }
}

/** Opens the copy; one of an earlier version is brought up to date. */
function opened(staged: string, sealing: Sealing): Storage {
  try {
    return openSqlite(staged, sealing);
  } catch (error) {
    throw new Refusal("invalid_request", `the backup is not put in place: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Takes the write-ahead log into the file, and has it on disk. */
function leaveOneFile(file: string): void {
  const database = new Database(file);
  database.pragma("wal_checkpoint(TRUNCATE)");
  database.close();
  flush(file);
}
