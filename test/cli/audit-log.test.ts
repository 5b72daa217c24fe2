import { writeFileSync } from "node:fs";
import path from "node:path";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { verifyCheckpoint, verifyReceipt, verifyReceiptChain, type ReceiptKeySet } from "@jpki-bridge/client-sdk/receipts";
import { openStorage, sqliteFile } from "../../src/cli/with-storage.ts";
import { administeredConfiguration } from "../../src/config.ts";
import { asIdentifier } from "../../src/identifiers.ts";
import { type Desk, desk, issuer } from "./run-cli.ts";

/** A desk whose log holds so many receipts, every second about `somebody`. */
async function log(length = 4): Promise<Desk & { tamper(sql: string): void }> {
  const place = desk();
  const configuration = administeredConfiguration(undefined, { JPKI_BRIDGE_DATA: place.directory });
  const storage = await openStorage(configuration);
  for (let index = 0; index < length; index += 1) await storage.recordReceipt({ kind: "k", at: index, personId: index % 2 === 0 ? null : asIdentifier("somebody"), detail: { index, text: "「監査」" } });
  await storage.close();
  const tamper = (sql: string): void => {
    const database = new Database(sqliteFile(configuration));
    database.exec(sql);
    database.close();
  };
  return { ...place, tamper };
}

const lines = (text: string): Record<string, unknown>[] => text.trimEnd().split("\n").map((line) => JSON.parse(line) as Record<string, unknown>);

describe("audit verify", () => {
  test("a chain that holds", async () => {
    const { run, json } = await log(2);
    expect(await run("audit", "verify")).toEqual({ code: 0, stdout: "2 receipts; the chain holds\n", stderr: "" });
    expect(await json("audit", "verify")).toEqual({ receipts: 2, unsigned: 0, first_broken: null, fault: null, checkpoint: null });
  });

  const broken: [string, string, string, string][] = [
    ["changed", `UPDATE "receipt" SET "kind"='other' WHERE "sequence"=2`, "altered", "the chain is broken at receipt 2: it was changed\n"],
    ["removed", `DELETE FROM "receipt" WHERE "sequence"=1`, "out_of_place", "the chain is broken at receipt 2: it does not follow from the one before it, so one was removed, added or moved\n"],
    ["not signed", `UPDATE "receipt" SET "signature"=zeroblob(64) WHERE "sequence"=2`, "not_signed", "the chain is broken at receipt 2: no key of this log signed it\n"],
  ];
  test.each(broken)("a receipt %s: exit 4, and where", async (_name, sql, fault, sentence) => {
    const { run, tamper } = await log();
    tamper(sql);
    const { code, stderr } = await run("audit", "verify");
    expect([code, stderr]).toEqual([4, sentence]);
    const asJson = await run("audit", "verify", "--json");
    expect([asJson.code, JSON.parse(asJson.stdout)]).toMatchObject([4, { first_broken: 2, fault }]);
  });
});

describe("audit verify --checkpoint", () => {
  const rows: [string, string, string, number][] = [
    ["nothing was touched", `SELECT 1`, "holds", 0],
    ["receipts were cut off at the end", `DELETE FROM "receipt" WHERE "sequence">2`, "cut_off", 4],
    ["the whole log is gone", `DELETE FROM "receipt"`, "cut_off", 4],
    ["the last was removed and its number given away", `DELETE FROM "receipt" WHERE "sequence"=4; UPDATE "receipt" SET "sequence"=4 WHERE "sequence"=3`, "rewritten", 4],
    ["one before it was removed", `DELETE FROM "receipt" WHERE "sequence"=2`, "rewritten", 4],
    ["all keys were replaced", `DELETE FROM "receipt_key"`, "not_ours", 4],
  ];
  test.each(rows)("%s", async (_name, sql, checkpoint, exit) => {
    const { run, tamper, directory } = await log();
    const head = path.join(directory, "head.txt");
    writeFileSync(head, (await run("audit", "checkpoint")).stdout);
    tamper(sql);
    const { code, stdout } = await run("audit", "verify", "--checkpoint", head, "--json");
    expect([code, JSON.parse(stdout)]).toMatchObject([exit, { checkpoint }]);
  });

  test("receipts written since change nothing, and it says so", async () => {
    const { run, directory } = await log();
    const head = path.join(directory, "head.txt");
    writeFileSync(head, (await run("audit", "checkpoint")).stdout);
    await run("audit", "rotate-key");
    expect((await run("audit", "verify", "--checkpoint", head)).stdout).toBe("5 receipts; the chain holds, and nothing from before the checkpoint is missing\n");
  });

  test("a file that is not there, and one that is no checkpoint", async () => {
    const { run, directory } = await log(1);
    expect(await run("audit", "verify", "--checkpoint", "nowhere")).toMatchObject({ code: 3, stderr: "invalid_request: --checkpoint: nowhere cannot be read\n" });
    writeFileSync(path.join(directory, "x"), "x");
    expect(await run("audit", "verify", "--checkpoint", path.join(directory, "x"))).toMatchObject({ code: 4, stderr: "the checkpoint was not signed by a key of this log\n" });
  });
});

describe("what is exported is checked by the SDK alone", () => {
  test("the whole log, up to its checkpoint", async () => {
    const { run } = await log();
    const keys = JSON.parse((await run("audit", "keys")).stdout) as ReceiptKeySet;
    const verdict = await verifyCheckpoint((await run("audit", "checkpoint")).stdout, { issuer, keys });
    if (!verdict.valid) throw new Error(verdict.reason);
    expect(verdict.checkpoint).toMatchObject({ receipts: 4, sequence: 4 });
    const exported = lines((await run("audit", "export")).stdout);
    expect(exported[1]).toMatchObject({ sequence: 2, kind: "k", at: 1, person: "somebody", detail: { index: 1, text: "「監査」" } });
    const until = { after: null, until: verdict.checkpoint.hash };
    expect(await verifyReceiptChain(exported, keys, until)).toEqual({ valid: true, receipts: 4, head: verdict.checkpoint.hash });
    expect(await verifyReceiptChain(exported.slice(0, 3), keys, until)).toEqual({ valid: false, at: 3, reason: "cut_off" });
  });

  test("one person's receipts, each by itself, also after the key was changed", async () => {
    const { run } = await log();
    await run("audit", "rotate-key", "--json");
    const keys = JSON.parse((await run("audit", "keys")).stdout) as ReceiptKeySet;
    const receipt = String(lines((await run("audit", "export")).stdout)[1]?.["id"]);
    const exported = lines((await run("audit", "export", "--person", receipt)).stdout);
    expect([keys.keys.length, exported.length]).toEqual([2, 2]);
    for (const receipt of exported) expect((await verifyReceipt(receipt, keys)).valid).toBe(true);
    expect(await verifyReceipt({ ...exported[0], person: "another" }, keys)).toEqual({ valid: false, reason: "altered" });
  });

  test("nobody goes by an unknown name: that is no empty log", async () => {
    const { run } = await log();
    expect(await run("audit", "export", "--person", "nope")).toMatchObject({ code: 3, stdout: "", stderr: "not_found: nobody goes by this pairwise subject, receipt id or person id\n" });
  });
});
