import { expect, test } from "vitest";
import { createTurns } from "../../src/provider/pkcs11/turns.ts";

const later = (milliseconds: number): Promise<string> => new Promise((resolve) => setTimeout(() => resolve("done"), milliseconds));
const outcome = (work: Promise<unknown>): Promise<string> => work.then(String, (error: { code?: string; message: string }) => error.code ?? error.message);
/** Work that ends when it is told to. */
function held(): { readonly work: () => Promise<string>; readonly end: () => void } {
  const { promise, resolve } = Promise.withResolvers<string>();
  return { work: () => promise, end: () => resolve("done") };
}

test("gives what comes in time, and what fails as it fails", async () => {
  const turns = createTurns(1, 1000);
  expect(await outcome(turns.take(() => later(1)))).toBe("done");
  expect(await outcome(turns.take(() => Promise.reject(new Error("no"))))).toBe("no");
  expect([turns.isOpen(), turns.hasRoom()]).toEqual([true, true]);
});

test("each has a turn of its own, in the order in which they came", async () => {
  const turns = createTurns(2, 1000);
  const under = new Set<number>();
  const order: number[] = [];
  await Promise.all([0, 1, 2, 3, 4, 5].map((name) => turns.take(async (turn) => {
    expect(under.has(turn)).toBe(false);
    under.add(turn);
    order.push(name);
    await later(2);
    under.delete(turn);
  })));
  expect(order).toEqual([0, 1, 2, 3, 4, 5]);
});

test("late work refuses all others until it has ended", async () => {
  const turns = createTurns(2, 10);
  const { work, end } = held();
  expect(await outcome(turns.take(work))).toBe("token_hung");
  expect([turns.isOpen(), turns.hasRoom()]).toEqual([false, false]);
  expect(await outcome(turns.take(() => later(1)))).toBe("token_hung");
  end();
  await later(1);
  expect(await outcome(turns.take(() => later(1)))).toBe("done");
});

test("who waits half as long as they may is a sign that there is no room; late work is not", async () => {
  const turns = createTurns(1, 200);
  const [first, second] = [held(), held()];
  const answers = [first, second].map(({ work }) => outcome(turns.take(work)));
  expect(turns.hasRoom()).toBe(true);
  await later(120);
  expect([turns.isOpen(), turns.hasRoom()]).toEqual([true, false]);
  first.end();
  second.end();
  expect(await Promise.all(answers)).toEqual(["done", "done"]);
  expect(turns.hasRoom()).toBe(true);
});

test("who waits in vain is refused, and their work is never begun", async () => {
  const turns = createTurns(1, 100);
  let begun = false;
  const steps = Array.from({ length: 4 }, () => outcome(turns.take(() => later(40))));
  const inVain = outcome(turns.take(async () => void (begun = true)));
  expect(await inVain).toBe("token_busy");
  await Promise.all(steps);
  expect([begun, turns.isOpen()]).toEqual([false, true]);
});

test("no more than a thousand wait", async () => {
  const turns = createTurns(1, 20);
  const answers = Array.from({ length: 1002 }, () => outcome(turns.take(() => later(1))));
  expect(await answers.at(-1)).toBe("token_busy");
  expect(await answers[0]).toBe("done");
  await Promise.all(answers);
});
