import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { HttpBrowser } from "../support/http-browser.ts";
import { signInAgain } from "../support/journey.ts";
import { backupStage } from "./backup-stage.ts";

describe("a backup of a bridge at work", () => {
  test("holds every sign-in that was acknowledged before it began, and keeps none from being one", async () => {
    const { world, party, person, desk, run } = await backupStage();
    const stop = new AbortController();
    let signedIn = 0;
    const visitor = async (): Promise<void> => {
      while (!stop.signal.aborted) {
        const { signIn, callback } = await signInAgain(world, { ...person, browser: new HttpBrowser() }, party);
        await party.finish(signIn, callback);
        signedIn += 1;
      }
    };
    const visitors = [visitor(), visitor(), visitor()];
    await setTimeout(500);
    const asserted = (): Promise<number> => world.bridge.storage.read.receipt.count({ where: { kind: "assertion_issued" } });
    const [before, receipts] = [signedIn, await asserted()];
    const target = path.join(desk, "backup");
    const { code, stdout, stderr } = await run("backup", "--to", target, "--json");
    expect([code, stderr]).toEqual([0, ""]);
    const during = signedIn - before;
    stop.abort();
    await Promise.all(visitors);
    expect(during).toBeGreaterThan(0);

    const manifest = JSON.parse(stdout) as { tables: Record<string, number>; last_receipt: { sequence: number }; sealing_keys: string[] };
    expect(manifest.tables["receipt"]).toBeGreaterThanOrEqual(receipts);
    expect(manifest.sealing_keys).toEqual(["sandbox"]);
    expect(readdirSync(desk)).toEqual(["backup"]);
    expect(readdirSync(target).map((name) => [name, statSync(path.join(target, name)).mode & 0o777])).toEqual([["database.sqlite", 0o600], ["manifest.json", 0o600]]);
    expect(statSync(target).mode & 0o777).toBe(0o700);
    expect(readFileSync(path.join(target, "manifest.json"), "utf8")).not.toContain(readFileSync(path.join(world.directory, "sealing.key"), "utf8").trim());

    const restored = path.join(desk, "restored.db");
    const after = await run("restore", "--from", target, "--to", restored, "--json");
    expect([after.code, after.stderr]).toEqual([0, ""]);
    expect(JSON.parse(after.stdout)).toMatchObject({ file: restored, last_receipt: manifest.last_receipt.sequence, people: 1, passkeys_suspended: 1, nothing_lacks: null });
    expect(readdirSync(desk).toSorted()).toEqual(["backup", "restored.db"]);
    expect(statSync(restored).mode & 0o777).toBe(0o600);
  });
});
