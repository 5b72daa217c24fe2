import { closeSync, existsSync, fsyncSync, openSync, readdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import Database from "better-sqlite3";
import { Refusal } from "../errors.ts";
import { contentOf, digestOf } from "./backup-inspection.ts";
import { backupFiles, backupFormat, type BackupManifest, writeManifest } from "./backup-manifest.ts";
import { sealingKeysOf } from "./backup-sealed.ts";
import type { Sealing } from "./sealing.ts";
import { makeStaging } from "./staging.ts";

export interface BackupRequest {
  /** The database, which may be in use. */
  readonly file: string;
  /** Where the backup is to be: a directory that is not there yet, or is empty. */
  readonly directory: string;
  readonly sealing: Sealing;
  /** Of this program. */
  readonly version: string;
  /** Seconds since the epoch. */
  readonly now: number;
  /** Is told how much is copied, from 0 to 1. */
  readonly onProgress?: (share: number) => void;
}

/** Pages copied before anything else gets its turn: 4 MiB. */
const step = 1000;

/**
 * Copies a database that processes go on writing to, as it is at one moment. A reader's snapshot is kept
 * while pages are copied: in the write-ahead log it holds up no writer, and no write makes the copy begin
 * anew. What was begun and not finished lies beside the target under another name.
 * @throws Refusal `invalid_request` when the database is not there or the target is not empty.
 */
export async function backUpSqlite({ file, directory, sealing, version, now, onProgress }: BackupRequest): Promise<BackupManifest> {
  if (!existsSync(file)) throw new Refusal("invalid_request", `${file}: there is no database`);
  refuseOccupied(directory);
  const { directory: partial, remove } = makeStaging(directory, "partial");
  try {
    const copy = path.join(partial, backupFiles.database);
    await copySnapshot(file, copy, onProgress);
    const manifest = await describe(copy, { version, now });
    writeFileSync(path.join(partial, backupFiles.manifest), writeManifest(manifest, sealing), { mode: 0o600 });
    for (const name of [...Object.values(backupFiles).map((each) => path.join(partial, each)), partial]) flush(name);
    // What came there meanwhile stays: only an empty directory is replaced.
    refuseOccupied(directory);
    renameSync(partial, directory);
    flush(path.dirname(path.resolve(directory)));
    return manifest;
  } finally {
    remove();
  }
}

function refuseOccupied(directory: string): void {
  if (existsSync(directory) && (!statSync(directory).isDirectory() || readdirSync(directory).length > 0)) throw new Refusal("invalid_request", `--to: ${directory} is not empty`);
}

async function copySnapshot(file: string, copy: string, onProgress: BackupRequest["onProgress"]): Promise<void> {
  const source = new Database(file, { readonly: true, timeout: 5000 });
  try {
    // A transaction has its snapshot from its first read on.
    source.exec("BEGIN");
    source.prepare("SELECT 1 FROM sqlite_master").get();
    closeSync(openSync(copy, "wx", 0o600));
    await source.backup(copy, {
      progress: ({ totalPages, remainingPages }) => {
        onProgress?.(totalPages === 0 ? 0 : 1 - remainingPages / totalPages);
        return step;
      },
    });
    source.exec("COMMIT");
  } finally {
    source.close();
  }
}

async function describe(copy: string, { version, now }: Pick<BackupRequest, "version" | "now">): Promise<BackupManifest> {
  const database = new Database(copy);
  // One file, with nothing of it in a log beside.
  database.pragma("journal_mode = DELETE");
  const [content, sealing_keys] = [contentOf(database), sealingKeysOf(database)];
  database.close();
  return { format: backupFormat, version, made_at: now, bytes: statSync(copy).size, sha256: await digestOf(copy), ...content, sealing_keys };
}

/** Has a file, or the names in a directory, written to the disk. */
export function flush(name: string): void {
  const descriptor = openSync(name, "r");
  fsyncSync(descriptor);
  closeSync(descriptor);
}
