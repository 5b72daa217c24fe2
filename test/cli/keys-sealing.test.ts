import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { sandboxConfigurationFile } from "../../src/config.ts";
import { complete } from "../config/place.ts";
import { desk, issuer, runCli } from "./run-cli.ts";

interface KeyUse { readonly key: string; readonly state: string; readonly values: number }

test("a sealing key leaves: second, first, sealed anew, taken out; taken out too early it is named", async () => {
  const place = desk();
  const configure = (...keys: [id: string, file: string][]): void =>
    writeFileSync(path.join(place.directory, sandboxConfigurationFile), JSON.stringify({ ...complete(), issuer, sealing: { keys: keys.map(([id, file]) => ({ id, file })), digest_key_file: "digest.key" } }));
  // The notes of this key and of the digest key in the database are sealed, too.
  const uses = async (): Promise<string[]> => (await place.json<KeyUse[]>("keys", "sealing")).map(({ key, state, values }) => `${key} ${state} ${values}`);
  await place.run("keys", "rotate");
  expect(await uses()).toEqual(["1 current 4"]);

  configure(["2", "seal-2.key"]);
  const refused = await place.run("keys", "list");
  expect([refused.code, refused.stdout]).toEqual([3, ""]);
  expect(refused.stderr).toMatch(/sealing\.keys: the key 1 is missing, and the database needs it; put it back after the current one/);

  configure(["2", "seal-2.key"], ["1", "seal-1.key"]);
  expect(await uses()).toEqual(["2 current 1", "1 needed 4"]);
  const { code, stdout, stderr } = await place.run("keys", "reseal");
  expect(code).toBe(0);
  expect(stderr).toBe("receipt_key.sealed_key: 1\nprovider_key.sealed_key: 1\nartifact.payload: 2\n");
  expect(stdout).toContain("1 is unused: once every bridge has 2 first and `keys sealing` still says so, take it out of sealing.keys");
  expect(await place.json("keys", "reseal")).toMatchObject({ key: "2", keys: [{ key: "2", state: "current", values: 5 }, { key: "1", state: "unused", values: 0 }] });
  const receipts = (await place.run("audit", "export")).stdout.trim().split("\n").map((line) => JSON.parse(line) as { kind: string; detail: object });
  expect(receipts.filter(({ kind }) => kind === "values_resealed").map(({ detail }) => detail)).toEqual([{ key: "2", values: 4, unreadable: 0 }]);

  configure(["2", "seal-2.key"]);
  expect(await uses()).toEqual(["2 current 4"]);
  expect((await place.json<object[]>("keys", "list")).length).toBe(1);
});

test("batches have a size that can be", async () => {
  const { code, stderr } = await runCli(["keys", "reseal", "--batch", "0"], desk().directory);
  expect([code, stderr.split("\n")[0]]).toEqual([2, "--batch: 1 to 10000"]);
});
