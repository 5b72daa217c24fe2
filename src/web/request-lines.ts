import type { Refusal } from "../errors.ts";
import type { Logger } from "../log.ts";
import { countEdgeLine, edgeOf, isHealthyProbe, noEdgeLines } from "./line-limit.ts";

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

/** Milliseconds from the first request without a line to the line that counts them. */
export const summaryInterval = 10_000;

/**
 * Writes one line a request; of those that strangers can cause as often as they like ({@link edgeOf}) so many a
 * second, and the numbers of the others in a warning, at the latest when the process ends.
 * @param logRequests whether requests that were not refused leave a line.
 */
export function createRequestLines(log: Logger, logRequests: boolean): WriteRequestLine {
  const mayWrite = limitEdgeLines(log);
  return ({ request, method, route, status, ms }, refusal) => {
    if (refusal === null && !logRequests) return;
    if (refusal === null && isHealthyProbe(route, status)) return log.debug({ request, method, route, status, ms }, "request");
    const edge = edgeOf(route, refusal);
    if (edge !== null && !mayWrite(edge)) return;
    if (refusal === null) log.info({ request, method, route, status, ms }, "request");
    else log.info({ request, method, route, status, ms, refusal: refusal.code, detail: refusal.detail }, "refused");
  };
}

/** @returns whether a line may be written; counts and sums up those that may not. */
function limitEdgeLines(log: Logger): (edge: string) => boolean {
  let lines = noEdgeLines;
  let timer: NodeJS.Timeout | null = null;
  const sumUp = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    process.off("exit", sumUp);
    log.warn({ left_out: lines.leftOut }, "requests were left out of the log");
    lines = { ...lines, leftOut: {} };
  };
  return (edge) => {
    const counted = countEdgeLine(lines, edge, performance.now() / 1000);
    lines = counted.lines;
    if (!counted.isWritten && timer === null) {
      timer = setTimeout(sumUp, summaryInterval).unref();
      process.once("exit", sumUp);
    }
    return counted.isWritten;
  };
}
