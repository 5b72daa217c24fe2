import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { toBase64, toBase64Url, toHex } from "../../src/bytes.ts";
import { rotateCookieKey, listCookieKeys } from "../../src/provider/keys-cookies.ts";
import { ensureKeys, listKeys, loadKeySet, retireKey, rotateKeys } from "../../src/provider/keys.ts";
import { rotateReceiptKey, Sealing } from "../../src/storage/index.ts";
import { temporaryDirectory, temporaryStorage } from "../storage/temporary.ts";

const now = 1_800_000_000;

/** A secret in each form in which it could stand in a file. */
const formsOf = (secret: Uint8Array): Buffer[] => [Buffer.from(secret), ...[toHex(secret), toBase64(secret).replace(/=+$/u, ""), toBase64Url(secret)].map((text) => Buffer.from(text))];

test("whatever is done with keys, no private key and no sealing key lies in the database or its log of writes", async () => {
  const directory = temporaryDirectory();
  const octets = (seed: number): Uint8Array => Uint8Array.from({ length: 32 }, (_, index) => (seed * 31 + index * 97) % 256);
  const keys = [{ id: "new", key: octets(1) }, { id: "old", key: octets(2) }];
  const digestKey = octets(3);
  const file = path.join(directory, "bridge.db");
  const before = temporaryStorage({ file, sealing: new Sealing(keys.slice(1), digestKey) });
  await ensureKeys(before, now);
  await rotateReceiptKey(before, now);
  const storage = temporaryStorage({ file, sealing: new Sealing(keys, digestKey) });
  await rotateKeys(storage, "ES256", now);
  await rotateKeys(storage, "RS256", now);
  await rotateCookieKey(storage, now);
  const secrets = new Map<string, Uint8Array>([["digest key", digestKey], ...keys.map(({ id, key }): [string, Uint8Array] => [`sealing key ${id}`, key])]);
  for (const key of (await loadKeySet(storage, now)).keys) for (const member of ["d", "p", "q"]) if (typeof key[member] === "string") secrets.set(`${member} of ${key.kid}`, Buffer.from(String(key[member]), "base64url"));
  for (const { id, secret } of await listCookieKeys(storage, now)) secrets.set(`cookie key ${id}`, Buffer.from(secret, "base64url"));
  await storage.sealed.reseal({ batch: 3 });
  await retireKey(storage, (await listKeys(storage))[0]?.id ?? "", { reason: "test", now: now + 1 });

  const files = readdirSync(directory).filter((name) => name.startsWith("bridge.db")).map((name) => readFileSync(path.join(directory, name)));
  expect(files.length).toBeGreaterThan(1);
  expect(files.some((content) => content.includes("provider_key_retired"))).toBe(true);
  expect(secrets.size).toBeGreaterThanOrEqual(12);
  const found = [...secrets].filter(([, secret]) => formsOf(secret).some((form) => files.some((content) => content.includes(form)))).map(([name]) => name);
  expect(found).toEqual([]);
  for (const pattern of ['"d":', '"kty":', "PRIVATE KEY"]) expect(files.some((content) => content.includes(pattern)), pattern).toBe(false);
});
