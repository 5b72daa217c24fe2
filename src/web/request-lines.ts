import type { Refusal } from "../errors.ts";
import type { Logger } from "../log.ts";
import { countEdgeLine, isOfTheEdge, noEdgeLines } from "./line-limit.ts";

/** One request, as the log has it. */
export interface RequestFacts {
  /** Its id. */
  readonly request: string;
  readonly method: string;
  /** The pattern of the route, or `unmatched`. */
  readonly route: string;
  readonly status: number;
  /** Milliseconds, whole. */
  readonly ms: number;
}

/** Writes the line of a request that was answered, or refused. */
export type WriteRequestLine = (facts: RequestFacts, refusal: Refusal | null) => void;

/** Milliseconds from the first refusal without a line to the line that counts them. */
export const summaryInterval = 10_000;

const probes: ReadonlySet<string> = new Set(["/healthz", "/readyz"]);

/**
 * Writes one line a request, and of what the edge refuses only so many a second ({@link countEdgeLine}): the
 * rest is counted by a warning, at the latest when the process ends.
 * @param logRequests whether requests that were not refused leave a line.
 */
export function createRequestLines(log: Logger, logRequests: boolean): WriteRequestLine {
  const mayWrite = limitEdgeLines(log);
  return ({ request, method, route, status, ms }, refusal) => {
    if (refusal !== null) {
      if (mayWrite(refusal, route)) log.info({ request, method, route, status, ms, refusal: refusal.code, detail: refusal.detail }, "refused");
    } else if (logRequests) {
      if (status === 200 && probes.has(route)) log.debug({ request, method, route, status, ms }, "request");
      else log.info({ request, method, route, status, ms }, "request");
    }
  };
}

/** @returns whether a refusal may have a line; counts and sums up those that may not. */
function limitEdgeLines(log: Logger): (refusal: Refusal, route: string) => boolean {
  let lines = noEdgeLines;
  let timer: NodeJS.Timeout | null = null;
  const sumUp = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    process.off("exit", sumUp);
    log.warn({ left_out: lines.leftOut }, "refusals were left out of the log");
    lines = { ...lines, leftOut: {} };
  };
  return (refusal, route) => {
    if (!isOfTheEdge(refusal, route)) return true;
    const counted = countEdgeLine(lines, refusal.code, performance.now() / 1000);
    lines = counted.lines;
    if (!counted.isWritten && timer === null) {
      timer = setTimeout(sumUp, summaryInterval).unref();
      process.once("exit", sumUp);
    }
    return counted.isWritten;
  };
}
