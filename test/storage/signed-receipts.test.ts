import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { describe, expect, test } from "vitest";
import { concatBytes, utf8 } from "../../src/bytes.ts";
import { asIdentifier, type PersonId } from "../../src/identifiers.ts";
import { chainHash, contentHash } from "../../src/storage/receipt-hash.ts";
import { makeReceiptKey, signedOctets } from "../../src/storage/receipt-signing.ts";
import { appendReceipt, findReceipt, forgetReceipts, isAuthentic, type ReceiptFault, Sealing, signatureCheck, type Storage, toSeconds, verifyReceipts } from "../../src/storage/index.ts";
import { chain, range, type TamperedLog } from "./receipt-log.ts";
import { freshStorage, sealingKey } from "./temporary.ts";

const found = async ({ read }: Storage): Promise<[number, number, string]> => {
  const { receipts, unsigned, fault } = await verifyReceipts(read);
  return [receipts, unsigned, fault === null ? "holds" : `${fault.fault} at ${fault.sequence}`];
};
const somebody = asIdentifier<PersonId>("somebody");

describe("signatures", () => {
  test("each receipt has its own, by the log's key, in whichever way it is written", async () => {
    const { storage } = await chain(3);
    await storage.recordReceipt({ kind: "k", at: 5, personId: null, detail: {} });
    const rows = await storage.read.receipt.findMany();
    expect(new Set(rows.map(({ signature }) => Buffer.from(signature ?? []).toString("hex"))).size).toBe(4);
    expect(rows.map(({ signingKey, signature }) => [signingKey, signature?.length])).toEqual(range(4).map(() => [storage.receiptSigner.keyId, 64]));
    expect(await found(storage)).toEqual([4, 0, "holds"]);
  });

  const faults: [string, string, ReceiptFault, number][] = [
    ["a signature changed", `UPDATE "receipt" SET "signature"=zeroblob(64) WHERE "sequence"=4`, "not_signed", 4],
    ["a signature cut", `UPDATE "receipt" SET "signature"=substr("signature",1,63) WHERE "sequence"=4`, "not_signed", 4],
    ["another receipt's signature", `UPDATE "receipt" SET "signature"=(SELECT "signature" FROM "receipt" WHERE "sequence"=5) WHERE "sequence"=4`, "not_signed", 4],
    ["no signature", `UPDATE "receipt" SET "signature"=NULL WHERE "sequence"=4`, "not_signed", 4],
    ["the first without its signature", `UPDATE "receipt" SET "signature"=NULL WHERE "sequence"=1`, "not_signed", 1],
    ["a key nobody knows", `UPDATE "receipt" SET "signing_key"='other' WHERE "sequence"=4`, "not_signed", 4],
    ["no key", `UPDATE "receipt" SET "signing_key"=NULL WHERE "sequence"=4`, "not_signed", 4],
    ["another kind", `UPDATE "receipt" SET "kind"='other' WHERE "sequence"=4`, "altered", 4],
    ["one taken out", `DELETE FROM "receipt" WHERE "sequence"=4`, "out_of_place", 5],
    ["content gone that nobody forgot", `UPDATE "receipt" SET "forgotten_content_hash"=zeroblob(32) WHERE "sequence"=4`, "altered", 4],
  ];
  test.each(faults)("%s", async (_name, sql, fault, at) => {
    const { storage, tamper } = await chain(6);
    await tamper(sql);
    expect((await verifyReceipts(storage.read)).fault).toEqual({ sequence: at, fault });
  });

  test("who rewrites the whole chain from a record on, with right hashes, lacks the key", async () => {
    const log = await chain(4);
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    await rewriteFrom(log, 2, (octets) => sign("sha256", octets, { key: privateKey, dsaEncoding: "ieee-p1363" }));
    expect((await verifyReceipts(log.storage.read)).fault).toEqual({ sequence: 2, fault: "not_signed" });
    await rewriteFrom(log, 2, (octets) => log.storage.receiptSigner.sign(octets));
    expect((await verifyReceipts(log.storage.read)).fault).toBeNull();
  });

  test("a key that somebody put among the log's own does not open", async () => {
    const { storage, tamper } = await chain(2);
    const foreign = makeReceiptKey(new Sealing([sealingKey("test", 7)], new Uint8Array(32)));
    await tamper(`INSERT INTO "receipt_key" ("id","sealed_key") VALUES (?,?)`, foreign.id, foreign.sealedKey);
    await expect(verifyReceipts(storage.read)).rejects.toThrow(`the receipt key ${foreign.id} does not open`);
  });
});

/** Changes one record and makes all hashes right again, with other signatures. */
async function rewriteFrom({ storage, tamper }: TamperedLog, sequence: number, signer: (octets: Uint8Array) => Uint8Array): Promise<void> {
  let previous: Uint8Array = new Uint8Array(32);
  for (const row of await storage.read.receipt.findMany({ orderBy: { sequence: "asc" } })) {
    if (row.sequence >= sequence) {
      const hash = chainHash(previous, contentHash({ ...row, at: toSeconds(row.at), kind: "rewritten" }));
      await tamper(`UPDATE "receipt" SET "kind"='rewritten',"previous_hash"=?,"hash"=?,"signature"=? WHERE "sequence"=?`, previous, hash, signer(signedOctets(hash)), row.sequence);
      previous = hash;
    } else previous = row.hash;
  }
}

describe("keys", () => {
  test("a new one signs from when it is taken up, and the old one's signatures count for ever", async () => {
    const { storage } = await chain(2);
    const { id, sealedKey } = makeReceiptKey(storage.sealing);
    await storage.transaction(({ data }) => data.receiptKey.create({ data: { id, sealedKey } }));
    const before = storage.receiptSigner.keyId;
    await storage.receiptSigner.takeUpNewest();
    await storage.transaction(({ data }) => appendReceipt(data, { kind: "k", at: 1, personId: null, detail: {} }));
    await storage.recordReceipt({ kind: "k", at: 1, personId: null, detail: {} });
    expect((await storage.read.receipt.findMany()).map(({ signingKey }) => signingKey)).toEqual([before, before, id, id]);
    expect((await storage.read.receiptKeys()).map(({ kid }) => kid)).toEqual([before, id]);
    expect(await found(storage)).toEqual([4, 0, "holds"]);
  });

  test("are published without their private part, by their thumbprint", async () => {
    const [key] = await (await freshStorage()).read.receiptKeys();
    const { kty, crv, x, y } = key ?? {};
    expect(Object.keys(key ?? {}).sort()).toEqual(["alg", "crv", "kid", "kty", "use", "x", "y"]);
    expect(key?.kid).toBe(createHash("sha256").update(JSON.stringify({ crv, kty, x, y })).digest("base64url"));
  });

  test("what a key signed as one thing is not taken for another", async () => {
    const storage = await freshStorage();
    const isSigned = signatureCheck(await storage.read.receiptKeys());
    const { keyId } = storage.receiptSigner;
    const hash = new Uint8Array(32).fill(3);
    expect([isSigned(keyId, signedOctets(hash), storage.receiptSigner.sign(signedOctets(hash))), isSigned(keyId, signedOctets(hash), storage.receiptSigner.sign(hash))]).toEqual([true, false]);
  });
});

describe("receipts from before they were signed", () => {
  /** As version 0.1.0 wrote them, before this version opened the database. */
  async function unsigned(length: number): Promise<TamperedLog> {
    const log = await chain(0);
    await writeUnsigned(log, length);
    await log.tamper(`DELETE FROM "receipt_key"`);
    return { ...log, storage: await freshStorage({ place: log.place }) };
  }
  async function writeUnsigned(log: TamperedLog, length: number): Promise<void> {
    let previous: Uint8Array = new Uint8Array(32);
    for (const index of range(length)) {
      const hash = createHash("sha256").update(concatBytes(previous, utf8(JSON.stringify([`r${index}`, index, "k", null, "{}"])))).digest();
      await log.tamper(`INSERT INTO "receipt" ("id","at","kind","person_id","detail","previous_hash","hash") VALUES (?,?,'k',NULL,'{}',?,?)`, `r${index}`, new Date(index * 1000).toISOString().replace("Z", "+00:00"), previous, hash);
      previous = hash;
    }
  }

  test("hold, are counted, and signed ones follow them", async () => {
    const { storage } = await unsigned(3);
    expect(await found(storage)).toEqual([3, 3, "holds"]);
    await storage.recordReceipt({ kind: "k", at: 9, personId: null, detail: {} });
    expect(await found(storage)).toEqual([4, 3, "holds"]);
  });

  test("one that was changed is found, and one after a signed one is not believed", async () => {
    const { storage, tamper } = await unsigned(3);
    await tamper(`UPDATE "receipt" SET "kind"='other' WHERE "sequence"=2`);
    expect(await found(storage)).toEqual([2, 1, "altered at 2"]);
    await tamper(`UPDATE "receipt" SET "kind"='k' WHERE "sequence"=2`);
    await storage.recordReceipt({ kind: "k", at: 9, personId: null, detail: {} });
    const last = await storage.read.receipt.findFirst({ orderBy: { sequence: "desc" } });
    const hash = createHash("sha256").update(concatBytes(last?.hash ?? new Uint8Array(), utf8(JSON.stringify(["late", 9, "k", null, "{}"])))).digest();
    await tamper(`INSERT INTO "receipt" ("id","at","kind","person_id","detail","previous_hash","hash") VALUES ('late','1970-01-01T00:00:09.000+00:00','k',NULL,'{}',?,?)`, last?.hash, hash);
    expect(await found(storage)).toEqual([5, 3, "not_signed at 5"]);
  });

  test("only those that were there when signing began: who writes the log anew without signatures is found", async () => {
    const signed = await chain(4);
    signed.tamper(`DELETE FROM "receipt"; DELETE FROM "sqlite_sequence" WHERE "name"='receipt'`);
    await writeUnsigned(signed, 3);
    expect(await found(signed.storage)).toEqual([1, 0, "not_signed at 1"]);
    const earlier = await unsigned(3);
    await earlier.storage.recordReceipt({ kind: "k", at: 9, personId: null, detail: {} });
    const rewrite = async (length: number): Promise<[number, number, string]> => {
      earlier.tamper(`DELETE FROM "receipt"; DELETE FROM "sqlite_sequence" WHERE "name"='receipt'`);
      await writeUnsigned(earlier, length);
      return found(earlier.storage);
    };
    expect(await rewrite(3)).toEqual([3, 3, "holds"]);
    expect(await rewrite(4)).toEqual([4, 3, "not_signed at 4"]);
    expect(await rewrite(2)).toEqual([2, 2, "out_of_place at 2"]);
    expect(await rewrite(0)).toEqual([0, 0, "out_of_place at 0"]);
    await rewrite(3);
    const changed = createHash("sha256").update(concatBytes((await earlier.storage.read.receipt.findFirst({ where: { sequence: 2 } }))?.hash ?? new Uint8Array(), utf8(JSON.stringify(["r2", 2, "other", null, "{}"])))).digest();
    earlier.tamper(`UPDATE "receipt" SET "kind"='other',"hash"=? WHERE "sequence"=3`, changed);
    expect(await found(earlier.storage)).toEqual([3, 2, "altered at 3"]);
  });
});

describe("forgetting what is recorded of a person", () => {
  const forget = (storage: Storage, before: number): Promise<number> => storage.transaction(({ data }) => forgetReceipts(data, { personId: somebody, before, at: 1_800_000_000 }));

  test("empties their receipts from before a time, and the chain holds", async () => {
    const { storage } = await chain(10);
    expect(await forget(storage, 1_700_000_006)).toBe(2);
    const rows = await storage.read.receipt.findMany();
    expect(rows.filter(({ forgottenContentHash }) => forgottenContentHash !== null).map(({ sequence, personId, detail }) => [sequence, personId, detail])).toEqual([[1, null, "{}"], [4, null, "{}"]]);
    expect(rows.filter(({ personId }) => personId === "somebody").map(({ sequence }) => sequence)).toEqual([7, 10]);
    expect(rows.at(-1)).toMatchObject({ kind: "receipts_forgotten", personId: null, detail: JSON.stringify({ receipts: [{ id: rows[0]?.id, kind: "even", at: 1_700_000_000 }, { id: rows[3]?.id, kind: "odd", at: 1_700_000_003 }] }) });
    expect(await findReceipt(storage.read, rows[0]?.id ?? "")).toMatchObject({ intact: true, detail: {} });
    expect(await found(storage)).toEqual([11, 0, "holds"]);
    expect(await forget(storage, 1_700_000_006)).toBe(0);
  });

  const faults: [string, string, string][] = [
    ["content brought back", `UPDATE "receipt" SET "forgotten_content_hash"=NULL WHERE "sequence"=4`, "altered at 4"],
    ["another hash of the content", `UPDATE "receipt" SET "forgotten_content_hash"=zeroblob(32) WHERE "sequence"=4`, "altered at 4"],
    ["another kind", `UPDATE "receipt" SET "kind"='other' WHERE "sequence"=4`, "content_missing at 4"],
    ["another time", `UPDATE "receipt" SET "at"='2020-01-01T00:00:00.000+00:00' WHERE "sequence"=4`, "content_missing at 4"],
    ["a person in it", `UPDATE "receipt" SET "person_id"='another' WHERE "sequence"=4`, "altered at 4"],
    ["content put in", `UPDATE "receipt" SET "detail"='{"forged":true}' WHERE "sequence"=4`, "altered at 4"],
    ["another id", `UPDATE "receipt" SET "id"='other' WHERE "sequence"=4`, "content_missing at 4"],
  ];
  test.each(faults)("%s is found", async (_name, change, expected) => {
    const { storage, tamper } = await chain(10);
    await forget(storage, 1_700_000_006);
    await tamper(change);
    expect((await found(storage))[2]).toBe(expected);
  });

  test("content that another hand removed, by the same means, is missed", async () => {
    const { storage, tamper } = await chain(10);
    const row = await storage.read.receipt.findFirst({ where: { sequence: 5 } });
    if (row === null) throw new Error("no receipt");
    const removed = contentHash({ ...row, at: toSeconds(row.at) });
    await tamper(`UPDATE "receipt" SET "detail"='{}',"forgotten_content_hash"=? WHERE "sequence"=5`, removed);
    expect((await found(storage))[2]).toBe("content_missing at 5");
    // A forgotten record says nothing more: it cannot be made to name others.
    await forget(storage, 1_700_000_001);
    await tamper(`UPDATE "receipt" SET "kind"='receipts_forgotten',"detail"=? WHERE "sequence"=1`, JSON.stringify({ receipts: [{ id: row.id, kind: row.kind, at: toSeconds(row.at) }] }));
    expect((await found(storage))[2]).toBe("altered at 1");
  });

  test("a record that says something else under the hash of what it said is not authentic, nor is a forgotten one", async () => {
    const { storage, tamper } = await chain(4);
    const keys = await storage.read.receiptKeys();
    const row = await storage.read.receipt.findFirst({ where: { sequence: 2 } });
    if (row === null) throw new Error("no receipt");
    const isBelieved = async (): Promise<boolean> => {
      const receipt = await findReceipt(storage.read, row.id);
      return receipt !== null && isAuthentic(receipt, keys);
    };
    expect(await isBelieved()).toBe(true);
    for (const [personId, detail] of [["victim", "{}"], [null, `{"forged":true}`], [null, "{}"]]) {
      await tamper(`UPDATE "receipt" SET "kind"='assertion_issued',"person_id"=?,"detail"=?,"forgotten_content_hash"=? WHERE "sequence"=2`, personId, detail, contentHash({ ...row, at: toSeconds(row.at) }));
      expect(await isBelieved()).toBe(false);
    }
  });
});
