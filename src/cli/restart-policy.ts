/** What is done about a worker that ended by itself. */
export type Restart = { readonly kind: "again"; readonly afterSeconds: number } | { readonly kind: "give up" };

/** Seconds after which a worker counts as one that runs: what it ends of then is not its start. */
const steadySeconds = 10;
/** So many ends right after the start, one after another, are no accident. */
const maximumFailures = 6;
const [firstPause, longestPause] = [0.5, 30];

/** How many starts in a row of one worker failed, counting the one that just ended after so many seconds. */
export function failuresAfter(failures: number, livedSeconds: number): number {
  return livedSeconds >= steadySeconds ? 0 : failures + 1;
}

/** A worker that ran is started again at once; one that does not come up, after a pause that doubles. */
export function restartAfter(failures: number): Restart {
  if (failures >= maximumFailures) return { kind: "give up" };
  return { kind: "again", afterSeconds: failures === 0 ? 0 : Math.min(longestPause, firstPause * 2 ** (failures - 1)) };
}
