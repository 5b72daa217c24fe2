import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { type Desk, desk } from "./run-cli.ts";

/** A desk whose database is there. */
async function atWork(): Promise<Desk> {
  const operator = desk();
  expect(await operator.run("audit", "verify")).toMatchObject({ code: 0 });
  return operator;
}

describe("backup and restore", () => {
  test("say what they did, in words and as JSON", async () => {
    const { directory, run } = await atWork();
    const words = await run("backup", "--to", "words");
    expect(words).toMatchObject({ code: 0, stderr: "" });
    expect(words.stdout).toMatch(/^words holds \d+ bytes as of receipt 0\nto open it these sealing keys are needed, which are not in it: 1; and the digest keys\n$/);
    const json = JSON.parse((await run("backup", "--to", "json", "--json")).stdout) as Record<string, unknown>;
    expect(json).toMatchObject({ directory: "json", format: "jpki-bridge-backup/1", sealing_keys: ["1"] });
    const restored = await run("restore", "--from", "json", "--to", "restored.db");
    expect(restored).toMatchObject({ code: 0, stderr: "" });
    expect(restored.stdout).toContain("restored as of receipt 0: 0 people, who sign in again");
    expect(restored.stdout).toMatch(/the backup was made at \S+Z, 0 hours ago/);
    expect(readdirSync(directory)).toContain("restored.db");
    const again = JSON.parse((await run("restore", "--from", "json", "--to", "again.db", "--json")).stdout) as Record<string, unknown>;
    expect(again).toMatchObject({ made_at: expect.stringMatching(/Z$/), age: expect.any(Number) });
  });

  test("in place: the database that other tools put back is made safe, by an operator's word", async () => {
    const { run } = await atWork();
    const done = await run("restore", "--in-place", "--nothing-lacks", "moved to another machine", "--operator", "suzuki", "--json");
    expect(done).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(done.stdout)).toMatchObject({ last_receipt: 0, nothing_lacks: "operator" });
    const { stdout } = await run("audit", "export");
    expect(JSON.parse(stdout)).toMatchObject({ kind: "database_restored", detail: { operator: "suzuki", reason: "moved to another machine" } });
    expect(await run("audit", "verify")).toMatchObject({ code: 0 });
  });

  const wrong: readonly (readonly [name: string, parameters: readonly string[], code: number, says: string])[] = [
    ["a backup to where something is", ["backup", "--to", "full"], 3, "is not empty"],
    ["a backup to nowhere", ["backup"], 2, "--to"],
    ["a restore over the database", ["restore", "--from", "full"], 3, "is there already"],
    ["a restore of what is no backup", ["restore", "--from", "full", "--to", "new.db"], 3, "holds no backup"],
    ["a restore of nothing", ["restore"], 2, "name a backup with --from, or say --in-place"],
    ["a restore of two things", ["restore", "--from", "full", "--in-place"], 2, "name a backup with --from, or say --in-place"],
    ["a restore in place to another", ["restore", "--in-place", "--to", "new.db"], 2, "--to goes with --from"],
    ["a checkpoint and an operator's word", ["restore", "--in-place", "--checkpoint", "x", "--nothing-lacks", "y"], 2, "either --checkpoint or --nothing-lacks"],
    ["a checkpoint that is not there", ["restore", "--in-place", "--checkpoint", "none"], 3, "none cannot be read"],
    ["a checkpoint that is none", ["restore", "--in-place", "--checkpoint", "full/file"], 3, "is not one of this log"],
    ["an operator's word without words", ["restore", "--in-place", "--nothing-lacks", " "], 2, "1 to 200 characters"],
  ];
  test("are refused with a sentence and the exit code for it", { timeout: 90_000 }, async () => {
    const { directory, run } = await atWork();
    mkdirSync(path.join(directory, "full"));
    writeFileSync(path.join(directory, "full", "file"), "something");
    await Promise.all(wrong.map(async ([name, parameters, code, says]) => {
      const ended = await run(...parameters);
      expect([name, ended.code], ended.stderr).toEqual([name, code]);
      expect(ended.stderr).toContain(says);
    }));
    expect(readdirSync(directory)).not.toContain("new.db");
  });

  test("a checkpoint from before a receipt that the backup has is no proof", async () => {
    const { directory, run } = await atWork();
    writeFileSync(path.join(directory, "early"), (await run("audit", "checkpoint", "--final")).stdout);
    await run("audit", "rotate-key");
    await run("backup", "--to", "backup");
    const { code, stderr } = await run("restore", "--from", "backup", "--to", "new.db", "--checkpoint", "early");
    expect([code, stderr]).toEqual([3, expect.stringContaining("taken before the backup")]);
    expect(readdirSync(directory)).not.toContain("new.db");
  });
});
