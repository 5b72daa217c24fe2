import { describe, expect, test } from "vitest";
import { orThrow } from "../../src/errors.ts";
import { asIdentifier, type ClientId } from "../../src/identifiers.ts";
import { addRelyingParty, findRelyingParty, findRelyingPartyAt, isClientSecret, longestOverlap, metadataOf, type RelyingParty, retireKeys, retireSecret, rotateKey, rotateSecret } from "../../src/relying-parties/index.ts";
import type { Storage } from "../../src/storage/index.ts";
import { now, receiptKinds } from "../people/people-fixture.ts";
import { temporaryStorage } from "../storage/temporary.ts";
import { publicKey, registration } from "./registrations.ts";

const clientId = asIdentifier<ClientId>("service-1");

async function withSecret(): Promise<{ storage: Storage; first: string }> {
  const storage = temporaryStorage();
  const { secret } = await addRelyingParty(storage, orThrow(metadataOf(registration({ authentication: "client_secret_basic", jwks: undefined as never }))), now);
  return { storage, first: secret ?? "" };
}

describe("two secrets of a client", () => {
  const overlaps: [string, number, number, [boolean, boolean]][] = [
    ["at once", 60, 0, [true, true]],
    ["a second before the end", 60, 59, [true, true]],
    ["at the end", 60, 60, [false, true]],
    ["with no overlap", 0, 0, [false, true]],
    ["the longest one", longestOverlap, longestOverlap - 1, [true, true]],
  ];
  test.each(overlaps)("%s: the earlier and the new one count as they should", async (_name, overlap, after, expected) => {
    const { storage, first } = await withSecret();
    const { secret, earlierUntil } = await rotateSecret(storage, clientId, overlap, now);
    expect([await isClientSecret(storage, clientId, first, now + after), await isClientSecret(storage, clientId, secret, now + after)]).toEqual(expected);
    expect(earlierUntil).toBe(now + overlap);
    expect((await findRelyingParty(storage, clientId))?.metadata["client_secret"]).toBe(secret);
  });

  test("never three: the oldest ends with the second rotation; retired, the new one alone is left", async () => {
    const { storage, first } = await withSecret();
    const second = (await rotateSecret(storage, clientId, 60, now)).secret;
    const third = (await rotateSecret(storage, clientId, 60, now)).secret;
    const count = async (): Promise<boolean[]> => Promise.all([first, second, third, "", `${second} ${now + 60}`, `${third}\n${second}`].map((secret) => isClientSecret(storage, clientId, secret, now)));
    expect(await count()).toEqual([false, true, true, false, false, false]);
    await retireSecret(storage, clientId, now);
    expect(await count()).toEqual([false, false, true, false, false, false]);
    expect(await receiptKinds(storage)).toEqual(["relying_party_added", "relying_party_secret_rotated", "relying_party_secret_rotated", "relying_party_secret_retired"]);
  });

  test("both are sealed, and neither is in a receipt", async () => {
    const { storage, first } = await withSecret();
    const { secret } = await rotateSecret(storage, clientId, 60, now);
    const rows = JSON.stringify([await storage.read.relyingParty.findFirst(), await storage.read.receipt.findMany()]);
    for (const each of [first, secret]) expect([rows.includes(each), rows.includes(Buffer.from(each).toString("base64"))]).toEqual([false, false]);
  });

  const refused: [string, (storage: Storage) => Promise<unknown>, string][] = [
    ["a negative overlap", (storage) => rotateSecret(storage, clientId, -1, now), "invalid_request"],
    ["an overlap that is no number", (storage) => rotateSecret(storage, clientId, Number.NaN, now), "invalid_request"],
    ["an overlap without end", (storage) => rotateSecret(storage, clientId, longestOverlap + 1, now), "invalid_request"],
    ["nobody", (storage) => rotateSecret(storage, asIdentifier("nobody"), 0, now), "not_found"],
    ["nobody's earlier one", (storage) => retireSecret(storage, asIdentifier("nobody"), now), "not_found"],
  ];
  test.each(refused)("of %s: refused", async (_name, attempt, code) => {
    const { storage, first } = await withSecret();
    await expect(attempt(storage)).rejects.toMatchObject({ code });
    expect(await isClientSecret(storage, clientId, first, now)).toBe(true);
  });

  test("of a client with keys: none to rotate, and none that counts", async () => {
    const storage = temporaryStorage();
    await addRelyingParty(storage, orThrow(metadataOf(registration())), now);
    await expect(rotateSecret(storage, clientId, 0, now)).rejects.toMatchObject({ code: "invalid_request" });
    expect([await isClientSecret(storage, clientId, "", now), await isClientSecret(storage, asIdentifier("nobody"), "", now)]).toEqual([false, false]);
  });
});

describe("two keys of a client", () => {
  const second = { ...publicKey, kid: "2" };
  const keysOf = (party: RelyingParty | null): readonly { kid: string }[] => (party?.metadata["jwks"] as { keys: { kid: string }[] } | undefined)?.keys ?? [];
  const kids = async (storage: Storage, at: number): Promise<unknown[]> => keysOf(await findRelyingPartyAt(storage, clientId, at)).map(({ kid }) => kid);
  const withKey = async (): Promise<Storage> => {
    const storage = temporaryStorage();
    await addRelyingParty(storage, orThrow(metadataOf(registration())), now);
    return storage;
  };

  test("count side by side until the earlier one's time is over, whatever comes later", async () => {
    const storage = await withKey();
    expect(await rotateKey(storage, clientId, second, 60, now)).toEqual({ earlierUntil: now + 60 });
    expect([await kids(storage, now), await kids(storage, now + 59), await kids(storage, now + 60)]).toEqual([["2", "1"], ["2", "1"], ["2"]]);
    await rotateKey(storage, clientId, { ...publicKey, kid: "3" }, 3600, now);
    expect([await kids(storage, now + 59), await kids(storage, now + 60), await kids(storage, now + 3600)]).toEqual([["3", "2", "1"], ["3", "2"], ["3"]]);
    await retireKeys(storage, clientId, now);
    expect(await kids(storage, now)).toEqual(["3"]);
    expect((await receiptKinds(storage)).slice(1)).toEqual(["relying_party_key_added", "relying_party_key_added", "relying_party_keys_retired"]);
  });

  test("what has ended leaves the registration with the next rotation", async () => {
    const storage = await withKey();
    await rotateKey(storage, clientId, second, 0, now);
    expect(keysOf(await findRelyingParty(storage, clientId))).toEqual([second]);
  });

  const refused: [string, Readonly<Record<string, unknown>>, number][] = [
    ["a kid that is taken", publicKey, 60],
    ["no kid", { ...publicKey, kid: undefined }, 60],
    ["a private key", { ...second, d: "AAAA" }, 60],
    ["an end of its own", { ...second, exp: now }, 60],
    ["no kty", { ...second, kty: undefined }, 60],
    ["an overlap without end", second, longestOverlap + 1],
  ];
  test.each(refused)("%s is refused, and nothing changes", async (_name, key, overlap) => {
    const storage = await withKey();
    await expect(rotateKey(storage, clientId, key, overlap, now)).rejects.toMatchObject({ code: "invalid_request" });
    expect(await kids(storage, now + longestOverlap * 2)).toEqual(["1"]);
  });

  test("at a jwks_uri are rotated there", async () => {
    const storage = temporaryStorage();
    await addRelyingParty(storage, orThrow(metadataOf(registration({ jwks: undefined as never, jwksUri: "https://rp.example/jwks" }))), now);
    await expect(rotateKey(storage, clientId, second, 60, now)).rejects.toMatchObject({ code: "invalid_request" });
    await expect(retireKeys(storage, asIdentifier("nobody"), now)).rejects.toMatchObject({ code: "not_found" });
  });
});
