import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { KeyAlgorithm } from "../../src/provider/keys-life.ts";
import { ensureKeys } from "../../src/provider/keys.ts";
import { type SigningToken, TokenSigningKey } from "../../src/provider/pkcs11/index.ts";
import { canSign, loadProviderKeys, type SigningKey } from "../../src/provider/signing-keys.ts";
import { freshStorage } from "../storage/temporary.ts";

const now = 1_800_000_000;
const publicKey = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ format: "jwk" });
const held = (alg: KeyAlgorithm): SigningKey => ({ kid: alg, alg });
const inToken = (isAnswering: boolean | null): SigningKey =>
  new TokenSigningKey({ ...publicKey, kid: "t", alg: "ES256", token: { label: "a" } }, isAnswering === null ? null : ({ isAnswering: () => isAnswering } as SigningToken));

describe("whether a bridge can sign", () => {
  const rows: [string, SigningKey[], boolean][] = [
    ["a key of each algorithm", [held("ES256"), held("RS256")], true],
    ["one that a token holds", [inToken(true), held("RS256")], true],
    ["none", [], false],
    ["none for ES256", [held("RS256")], false],
    ["none for RS256", [held("ES256")], false],
    ["a token that hangs", [inToken(false), held("RS256")], false],
    ["no token where one holds the key", [inToken(null), held("RS256")], false],
  ];
  test.each(rows)("%s", (_name, active, expected) => expect(canSign({ active })).toBe(expected));

  const changes: [string, object, boolean][] = [
    ["as they are made", {}, true],
    ["retired", { retiresAt: new Date(now * 1000) }, false],
    ["only announced", { signsFrom: new Date((now + 1) * 1000) }, false],
  ];
  test.each(changes)("keys of the database %s", async (_name, data, expected) => {
    const storage = await freshStorage();
    await ensureKeys(storage, now);
    const load = () => loadProviderKeys({ storage, clock: () => now });
    const before = await load();
    await storage.transaction(({ data: writer }) => writer.providerKey.updateMany({ where: { algorithm: "ES256" }, data }));
    const after = await load();
    expect(canSign(after)).toBe(expected);
    // Running processes load them anew where this differs.
    expect(after.version === before.version).toBe(expected);
  });
});
