import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { temporaryDirectory, temporaryStorage } from "./temporary.ts";

const modes = (directory: string): Record<string, string> =>
  Object.fromEntries(readdirSync(directory).sort().map((name) => [name, (statSync(path.join(directory, name)).mode & 0o777).toString(8)]));
const owners = { "bridge.db": "600", "bridge.db-shm": "600", "bridge.db-wal": "600" };

/** Ways in which the place of the database may lie open before the bridge starts. */
const places: readonly [string, (directory: string) => void][] = [
  ["a directory that everybody reads", (directory) => chmodSync(directory, 0o755)],
  ["a database that everybody reads", (directory) => writeFileSync(path.join(directory, "bridge.db"), "", { mode: 0o644 })],
  ["a log of writes that was left behind", (directory) => {
    for (const name of Object.keys(owners)) writeFileSync(path.join(directory, name), "", { mode: 0o666 });
  }],
];
test.each(places)("the database is its owner's alone: %s", async (_name, prepare) => {
  const directory = temporaryDirectory();
  prepare(directory);
  const before = process.umask(0);
  try {
    const storage = temporaryStorage({ file: path.join(directory, "bridge.db") });
    await storage.artifacts.put("T", "a", {}, { expiresAt: 1 });
    expect(await storage.read.person.count()).toBe(0);
    expect(modes(directory)).toEqual(owners);
  } finally {
    process.umask(before);
  }
});

test("so is a directory that is made for it", () => {
  const directory = path.join(temporaryDirectory(), "open");
  mkdirSync(directory, { mode: 0o755 });
  temporaryStorage({ file: path.join(directory, "data", "bridge.db") });
  expect(modes(directory)).toEqual({ data: "700" });
});
