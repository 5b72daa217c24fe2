import { exitCodes } from "./terminal.ts";
import type { WorkerEnd } from "./worker-process.ts";

/** What is done about a worker that ended by itself. */
export type Restart =
  | { readonly kind: "again"; readonly afterSeconds: number }
  | { readonly kind: "give up"; readonly because: "refused" | "failures" };

/** Seconds after which a worker counts as one that runs: what it ends of then is not its start. */
const steadySeconds = 10;
/** So many ends right after the start, one after another, are no accident. */
const maximumFailures = 6;
const [firstPause, longestPause] = [0.5, 30];
/** Seconds after which the system is asked again for a process that it had no room for. */
const untilRoom = 2;

/** How many starts in a row of one worker failed, counting the one that just ended. That there was no room for it says nothing about it. */
export function failuresAfter(failures: number, { wasMade, answeredSeconds }: WorkerEnd): number {
  if (!wasMade) return failures;
  return answeredSeconds >= steadySeconds ? 0 : failures + 1;
}

/**
 * A worker that ran is started again at once; one that does not come up, after a pause that doubles. One that
 * refuses what it was given is not: the next would refuse it too, and a token counts the PINs that are wrong.
 */
export function restartAfter({ by, wasMade }: WorkerEnd, failures: number): Restart {
  if (by === exitCodes.refused) return { kind: "give up", because: "refused" };
  if (!wasMade) return { kind: "again", afterSeconds: untilRoom };
  if (failures >= maximumFailures) return { kind: "give up", because: "failures" };
  return { kind: "again", afterSeconds: failures === 0 ? 0 : Math.min(longestPause, firstPause * 2 ** (failures - 1)) };
}
