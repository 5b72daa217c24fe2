import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { openStorage } from "../../src/cli/with-storage.ts";
import { checkConfiguration, sandboxConfigurationFile } from "../../src/config.ts";
import { cleanEnvironment, issuer, program, runCli } from "../cli/run-cli.ts";
import { complete, place } from "../config/place.ts";
import { afterTest, temporaryDirectory } from "../storage/temporary.ts";

/** A backup or a restore that is killed at any moment: the next one finds nothing half made, and comes to its end. */

const filler = "x".repeat(100_000);

/** A database of so many MiB that copying it takes its time. */
async function bigDatabase(): Promise<string> {
  const directory = place();
  const file = { ...complete(), issuer };
  writeFileSync(path.join(directory, sandboxConfigurationFile), JSON.stringify(file));
  const storage = await openStorage(checkConfiguration(file, directory, "sandbox"));
  for (let batch = 0; batch < 4; batch += 1) {
    await Promise.all(Array.from({ length: 60 }, (_, index) => storage.artifacts.insert("Filler", `${batch}.${index}`, { filler }, { expiresAt: 2_000_000_000 })));
  }
  await storage.close();
  return directory;
}

/** Starts a command and kills it once `isThere` says that it is at work, and so long after; whether it had ended before. */
async function killed(parameters: readonly string[], directory: string, isThere: () => boolean, laterMs: number): Promise<boolean> {
  const child: ChildProcess = spawn(process.execPath, [program, ...parameters], { cwd: directory, env: { ...cleanEnvironment(), JPKI_BRIDGE_DATA: directory }, stdio: "ignore" });
  afterTest(() => void child.kill("SIGKILL"));
  const ended = new Promise<boolean>((resolve) => child.once("exit", (code) => resolve(code === 0)));
  while (!isThere() && child.exitCode === null) await setTimeout(1);
  await setTimeout(laterMs);
  child.kill("SIGKILL");
  return ended;
}

/** What attempts at this place have made beside it. */
const beside = (place: string): string[] => readdirSync(path.dirname(place)).filter((name) => name.startsWith(`${path.basename(place)}.`)).map((name) => path.join(path.dirname(place), name));
/** How much is in these directories. */
const written = (directories: readonly string[]): number => directories.filter(existsSync).flatMap((directory) => readdirSync(directory).map((name) => statSync(path.join(directory, name), { throwIfNoEntry: false })?.size ?? 0)).reduce((sum, size) => sum + size, 0);

test("a backup: its directory is there whole or not at all", async () => {
  const directory = await bigDatabase();
  const desk = temporaryDirectory();
  const outcomes: boolean[] = [];
  for (const laterMs of [0, 60]) {
    const target = path.join(desk, `backup-${laterMs}`);
    const isDone = await killed(["backup", "--to", target], directory, () => written(beside(target)) > 1_000_000, laterMs);
    outcomes.push(isDone);
    expect(existsSync(target)).toBe(isDone || existsSync(path.join(target, "manifest.json")));
    if (!existsSync(target)) expect(await runCli(["backup", "--to", target], directory)).toMatchObject({ code: 0 });
    expect(beside(target)).toEqual([]);
    expect(await runCli(["restore", "--from", target, "--to", path.join(desk, `restored-${laterMs}.db`)], directory)).toMatchObject({ code: 0 });
  }
  expect(outcomes).toContain(false);
});

test("a restore: the database is there whole or not at all", async () => {
  const directory = await bigDatabase();
  const desk = temporaryDirectory();
  const backup = path.join(desk, "backup");
  expect(await runCli(["backup", "--to", backup], directory)).toMatchObject({ code: 0 });
  const outcomes: boolean[] = [];
  for (const laterMs of [0, 300]) {
    const target = path.join(desk, `restored-${laterMs}.db`);
    const isDone = await killed(["restore", "--from", backup, "--to", target], directory, () => beside(target).length > 0, laterMs);
    outcomes.push(isDone);
    if (!existsSync(target)) expect(await runCli(["restore", "--from", backup, "--to", target], directory)).toMatchObject({ code: 0 });
    const storage = await openStorage(checkConfiguration({ ...complete(), issuer, database: { file: target } }, directory, "sandbox"));
    expect(await storage.read.receipt.count({ where: { kind: "database_restored" } })).toBe(1);
    expect(await storage.artifacts.count("Filler", 0)).toBe(0);
    await storage.close();
  }
  expect(outcomes).toContain(false);
  expect(readdirSync(desk).filter((name) => name.endsWith(".restoring"))).toEqual([]);
});
