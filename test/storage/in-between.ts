import { setImmediate } from "node:timers/promises";
import type { Storage } from "../../src/storage/index.ts";

/** What is seen of work that goes in pieces. */
export interface Pieces {
  /** By how much each of its transactions made the number smaller. */
  readonly sizes: number[];
  /** How much was left when somebody else had a turn to write, between its transactions. */
  readonly others: number[];
}

/** Does something on a storage, looks at a number before and after each of its transactions, and has somebody else write between them where they have a turn. */
export async function inPieces(storage: Storage, count: () => Promise<number>, work: (watched: Storage) => Promise<unknown>): Promise<Pieces> {
  const [sizes, others]: [number[], number[]] = [[], []];
  let hadTurn: Promise<boolean> | null = null;
  const transaction: Storage["transaction"] = async (step) => {
    const turn = hadTurn === null ? false : await Promise.race([hadTurn, Promise.resolve(false)]);
    if (turn) await storage.recordReceipt({ kind: "another", at: 1, personId: null, detail: {} });
    const before = await count();
    if (turn) others.push(before);
    const result = await storage.transaction(step);
    sizes.push(before - (await count()));
    hadTurn = setImmediate(true);
    return result;
  };
  await work({ ...storage, transaction });
  return { sizes: sizes.filter((size) => size > 0), others };
}
