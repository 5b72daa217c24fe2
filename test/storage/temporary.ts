import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach } from "vitest";
import { type DatabasePlace, openDatabase, openSqlite, Sealing, type SealingKey, type Storage } from "../../src/storage/index.ts";
import { freshDatabase } from "../support/engine.ts";

/** A sealing key whose octets all are `octet`. */
export const sealingKey = (id: string, octet: number): SealingKey => ({ id, key: new Uint8Array(32).fill(octet) });

export const testSealing = (): Sealing => new Sealing([sealingKey("test", 1)], new Uint8Array(32).fill(9));

const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

/** A directory that is gone after the test. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(path.join(tmpdir(), "jpki-bridge-test-"));
  cleanUps.push(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A fresh database, closed after the test. */
export function temporaryStorage(options: { readonly file?: string; readonly sealing?: Sealing } = {}): Storage {
  const { file = path.join(temporaryDirectory(), "bridge.db"), sealing = testSealing() } = options;
  const storage = openSqlite(file, sealing);
  cleanUps.push(() => storage.close());
  return storage;
}

/** A place for a fresh database of the engine that the project of this test is for. */
export async function freshPlace(): Promise<DatabasePlace> {
  const { place, giveBack } = await freshDatabase(temporaryDirectory());
  cleanUps.push(giveBack);
  return place;
}

/** A fresh database of that engine, or the one at a place; closed after the test. */
export async function freshStorage(options: { readonly place?: DatabasePlace; readonly sealing?: Sealing } = {}): Promise<Storage> {
  const storage = await openDatabase(options.place ?? (await freshPlace()), options.sealing ?? testSealing());
  cleanUps.push(() => storage.close());
  return storage;
}

/** Runs `work` when the test is over. */
export function afterTest(work: () => Promise<void> | void): void {
  cleanUps.push(work);
}
