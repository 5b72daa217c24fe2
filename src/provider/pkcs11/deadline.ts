import { TokenError } from "./return-values.ts";

/** Work that has an end for whoever waits for it, though it cannot be stopped. */
export interface Deadline {
  /** Rejects with `token_hung` when the work takes longer, and at once while earlier work does: it would only wait behind it. */
  keep<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Whether no work is longer under way than it may be. */
  isOpen(): boolean;
}

export function createDeadline(milliseconds: number): Deadline {
  let late = 0;
  return {
    isOpen: () => late === 0,
    keep: (work) =>
      new Promise((resolve, reject) => {
        if (late > 0) return reject(new TokenError("token_hung", "the token does not answer"));
        let isLate = false;
        const timer = setTimeout(() => {
          isLate = true;
          late += 1;
          reject(new TokenError("token_hung", `no answer of the token within ${milliseconds} ms`));
        }, milliseconds);
        void work().then(resolve, reject).finally(() => {
          clearTimeout(timer);
          if (isLate) late -= 1;
        });
      }),
  };
}
