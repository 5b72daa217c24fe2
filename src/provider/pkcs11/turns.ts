import { TokenError } from "./return-values.ts";

/** Work that is done a few at a time, and has an end for whoever waits for it, though it cannot be stopped. */
export interface Turns {
  /**
   * @param work is told which of the turns it has.
   * @throws TokenError `token_busy`: its turn did not come in time, or too many wait; `token_hung`: it takes longer
   *   than it may, or earlier work does, behind which it would only wait.
   */
  take<Result>(work: (turn: number) => Promise<Result>): Promise<Result>;
  /** Whether no work is longer under way than it may be. What only waits is not under way. */
  isOpen(): boolean;
  /** Whether the turn of who comes now will come in time, as far as can be told: none waits half as long as it may. */
  hasRoom(): boolean;
}

interface Waiter {
  readonly since: number;
  readonly begin: (turn: number) => void;
}

/** More are refused at once: they would not have their turn in time, and a queue without an end takes memory. */
const mostWaiting = 1000;

const hung = (): TokenError => new TokenError("token_hung", "the token does not answer");

/** @param milliseconds for which work may wait for its turn, and then again be under way. */
export function createTurns(count: number, milliseconds: number): Turns {
  const free = Array.from({ length: count }, (_, turn) => turn);
  // In the order in which they came.
  const waiting = new Set<Waiter>();
  let late = 0;
  const pass = (turn: number): void => {
    const [next] = waiting;
    if (next === undefined) free.push(turn);
    else next.begin(turn);
  };
  return {
    isOpen: () => late === 0,
    hasRoom: () => {
      const [first] = waiting;
      return late === 0 && (first === undefined || performance.now() - first.since < milliseconds / 2);
    },
    take: (work) =>
      new Promise((resolve, reject) => {
        if (late > 0) return reject(hung());
        const begin = (turn: number): void => {
          let isLate = false;
          const timer = setTimeout(() => {
            isLate = true;
            late += 1;
            reject(new TokenError("token_hung", `no answer of the token within ${milliseconds} ms`));
          }, milliseconds);
          void work(turn).then(resolve, reject).finally(() => {
            clearTimeout(timer);
            if (isLate) late -= 1;
            pass(turn);
          });
        };
        const turn = free.pop();
        if (turn !== undefined) return begin(turn);
        if (waiting.size >= mostWaiting) return reject(new TokenError("token_busy", "too many wait for the token"));
        const waiter: Waiter = {
          since: performance.now(),
          begin: (given) => {
            clearTimeout(patience);
            waiting.delete(waiter);
            begin(given);
          },
        };
        const patience = setTimeout(() => {
          waiting.delete(waiter);
          reject(late > 0 ? hung() : new TokenError("token_busy", `no turn within ${milliseconds} ms`));
        }, milliseconds);
        waiting.add(waiter);
      }),
  };
}
