import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach } from "vitest";
import { openSqlite, Sealing, type SealingKey, type Storage } from "../../src/storage/index.ts";

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

/** Runs `work` when the test is over. */
export function afterTest(work: () => Promise<void> | void): void {
  cleanUps.push(work);
}
