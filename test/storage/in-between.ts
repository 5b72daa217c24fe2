import { setImmediate } from "node:timers/promises";
import type { Storage } from "../../src/storage/index.ts";

/** What is seen of work that goes in pieces. */
export interface Pieces {
  /** By how much each of its transactions made the number smaller. */
  readonly sizes: number[];
  /** How much was left when somebody else's write came through, of each such write. */
  readonly others: number[];
}

/** Does something on a storage, looks at a number before and after each of its transactions, and has somebody else write all the while. */
export async function inPieces(storage: Storage, count: () => Promise<number>, work: (watched: Storage) => Promise<unknown>): Promise<Pieces> {
  const [sizes, others]: [number[], number[]] = [[], []];
  let isOver = false;
  const writing = (async () => {
    for (let done = false; !done; done = isOver) {
      await storage.recordReceipt({ kind: "another", at: 1, personId: null, detail: {} });
      others.push(await count());
      await setImmediate();
    }
  })();
  const transaction: Storage["transaction"] = async (step) => {
    const before = await count();
    const result = await storage.transaction(step);
    sizes.push(before - (await count()));
    return result;
  };
  try {
    await work({ ...storage, transaction });
  } finally {
    isOver = true;
    await writing;
  }
  return { sizes: sizes.filter((size) => size > 0), others };
}
