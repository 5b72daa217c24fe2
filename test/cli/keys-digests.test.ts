import { existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { sandboxConfigurationFile } from "../../src/config.ts";
import { openSqlite, Sealing } from "../../src/storage/index.ts";
import { complete } from "../config/place.ts";
import { bind, certificate } from "../people/people-fixture.ts";
import { desk, issuer, runCli } from "./run-cli.ts";

interface KeyUse { readonly key: number; readonly state: string; readonly values: number }

test("a digest key comes: announced, written by, all put under it; taken out or exchanged it is missed", { timeout: 60_000 }, async () => {
  const place = desk();
  const configure = (keys: object): void =>
    writeFileSync(path.join(place.directory, sandboxConfigurationFile), JSON.stringify({ ...complete(), issuer, sealing: { keys: [{ id: "1", file: "seal-1.key" }], digest_key_file: "digest.key", ...keys } }));
  const uses = async (): Promise<string[]> => (await place.json<KeyUse[]>("keys", "digests")).map(({ key, state, values }) => `${key} ${state} ${values}`);
  expect(await uses()).toEqual(["1 current 0"]);
  const storage = openSqlite(path.join(place.directory, "bridge.db"), new Sealing([{ id: "1", key: new Uint8Array(32).fill(1) }], new Uint8Array(32).fill(3)));
  await bind(storage, certificate("1"));
  await storage.close();

  configure({ digest_key_next: "seal-2.key" });
  expect(await uses()).toEqual(["1 current 1", "2 next 0"]);
  expect((await place.run("keys", "redigest")).stderr).toBe("");

  configure({ digest_keys_after: ["seal-2.key"] });
  expect(await uses()).toEqual(["1 wrapped 1", "2 current 0"]);
  const { code, stderr, stdout } = await place.run("keys", "redigest");
  expect([code, stderr]).toEqual([0, "evidence.certificate_digest: 1\n"]);
  expect(stdout).toMatch(/^evidence\.certificate_digest +1 +0 +0$/m);
  expect(await place.json("keys", "redigest")).toMatchObject({ key: 2, keys: [{ key: 1, state: "wrapped", values: 0 }, { key: 2, state: "current", values: 1, columns: { "evidence.certificate_digest": 1 } }] });
  const receipts = (await place.run("audit", "export")).stdout.trim().split("\n").map((line) => JSON.parse(line) as { kind: string; detail: object });
  expect(receipts.filter(({ kind }) => kind === "digests_wrapped").map(({ detail }) => detail)).toEqual([{ key: 2, values: 1 }]);

  expect((await place.run("backup", "--to", "backup")).code).toBe(0);

  const refusals: readonly (readonly [keys: object, says: RegExp])[] = [
    [{}, /sealing\.digest_keys_after: lacks the key that stands there as number 1, by which the database finds 1 rows/],
    [{ digest_keys_after: ["open.key"] }, /sealing\.digest_keys_after: lacks the key that stands there as number 1/],
    [{ digest_key_file: "open.key", digest_keys_after: ["seal-2.key"] }, /sealing\.digest_key_file: is another than the one by which the database finds 1 rows; put that one back/],
  ];
  for (const [keys, says] of refusals) {
    configure(keys);
    const refused = await place.run("keys", "list");
    expect([refused.code, refused.stdout]).toEqual([3, ""]);
    expect(refused.stderr).toMatch(says);
    const restored = await place.run("restore", "--from", "backup", "--to", "restored.db");
    expect([restored.code, existsSync(path.join(place.directory, "restored.db"))]).toEqual([3, false]);
  }
  configure({ digest_keys_after: ["seal-2.key"], digest_key_next: "open.key" });
  expect(await uses()).toEqual(["1 wrapped 0", "2 current 1", "3 next 0"]);
});

test("batches have a size that can be", async () => {
  const { code, stderr } = await runCli(["keys", "redigest", "--batch", "0"], desk().directory);
  expect([code, stderr.split("\n")[0]]).toEqual([2, "--batch: 1 to 10000"]);
});
