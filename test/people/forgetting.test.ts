import { describe, expect, test } from "vitest";
import { asIdentifier, type PersonId } from "../../src/identifiers.ts";
import { sweepErased } from "../../src/people/index.ts";
import { type Storage, toDate, verifyReceipts } from "../../src/storage/index.ts";
import { range } from "../storage/receipt-log.ts";
import { freshStorage } from "../storage/temporary.ts";

const at = 1_800_000_000;
const [many, few] = ["many", "few"].map((id) => asIdentifier<PersonId>(id)) as [PersonId, PersonId];
/** So many, and that of the erasure: more than one transaction forgets. */
const receipts = 350;

/** Two people who were erased, of whom the first has many receipts, and the last of them is from after the erasure. */
async function erasedPeople(): Promise<Storage> {
  const storage = await freshStorage();
  const record = (personId: PersonId, kind: string): Promise<string> => storage.recordReceipt({ kind, at, personId, detail: { client: "x" } });
  await storage.transaction(async ({ data }) => {
    for (const [index, id] of [many, few].entries()) await data.person.create({ data: { id, userHandle: Uint8Array.of(index), createdAt: toDate(at), state: "erased", erasedAt: toDate(at + index) } });
  });
  await Promise.all(range(50).map(() => record(many, "assertion_issued")));
  for (const id of [many, few]) await record(id, "person_erased");
  await Promise.all(range(receipts - 50).map(() => record(many, "assertion_issued")));
  return storage;
}

const sweep = (storage: Storage) => sweepErased(storage, at + 100, at + 200);
const left = async ({ read }: Storage): Promise<string[]> => (await read.person.findMany({ select: { id: true }, orderBy: { id: "asc" } })).map(({ id }) => id);
const receiptsOf = ({ read }: Storage, personId: PersonId): Promise<number> => read.receipt.count({ where: { personId } });

/** The same storage, of whose transactions all fail that begin after so many. */
function failingAfter(storage: Storage, transactions: number): Storage {
  let begun = 0;
  return {
    ...storage,
    transaction: (work) => {
      begun += 1;
      return begun > transactions ? Promise.reject(new Error("ended here")) : storage.transaction(work);
    },
  };
}

describe("somebody with many receipts", () => {
  test("is forgotten in pieces, so that nobody waits long for the database", async () => {
    const storage = await erasedPeople();
    const pieces: number[] = [];
    const counted: Storage = {
      ...storage,
      transaction: async (work) => {
        const before = await receiptsOf(storage, many);
        const result = await storage.transaction(work);
        pieces.push(before - (await receiptsOf(storage, many)));
        return result;
      },
    };
    expect(await sweep(counted)).toEqual({ forgotten: 2, refused: 0, failures: [] });
    expect([await left(storage), await receiptsOf(storage, many), await receiptsOf(storage, few)]).toEqual([[], 0, 0]);
    expect(Math.max(...pieces)).toBeLessThanOrEqual(100);
    expect((await verifyReceipts(storage.read)).fault).toBeNull();
  });

  test.each(range(5))("interrupted after %d pieces: the chain holds, and the next round goes on from there", async (pieces) => {
    const storage = await erasedPeople();
    expect(await sweep(failingAfter(storage, pieces))).toMatchObject({ forgotten: 0, refused: 0, failures: [{ message: "ended here" }, { message: "ended here" }] });
    expect([await left(storage), await receiptsOf(storage, many)]).toEqual([[few, many], Math.max(receipts + 1 - 100 * pieces, 1)]);
    expect((await verifyReceipts(storage.read)).fault).toBeNull();
    expect(await sweep(storage)).toEqual({ forgotten: 2, refused: 0, failures: [] });
    expect([await left(storage), await receiptsOf(storage, many)]).toEqual([[], 0]);
    expect((await verifyReceipts(storage.read)).fault).toBeNull();
  });

  test("whose receipts cannot be forgotten keeps nobody behind waiting", async () => {
    const storage = await erasedPeople();
    let begun = 0;
    const broken: Storage = { ...storage, transaction: (work) => ((begun += 1) === 1 ? Promise.reject(new Error("broken")) : storage.transaction(work)) };
    expect(await sweep(broken)).toEqual({ forgotten: 1, refused: 0, failures: [new Error("broken")] });
    expect(await left(storage)).toEqual([many]);
  });
});
