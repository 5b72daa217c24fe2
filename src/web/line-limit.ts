import { catalogue, type ErrorCode, type Refusal } from "../errors.ts";

/** Lines a second that one process writes of what its edge refuses. The rest is counted. */
export const edgeLinesPerSecond = 20;

/** What was written of the edge's refusals in the present second, and what was not since the last summary. */
export interface EdgeLines {
  /** When the second began, in seconds of any clock that only goes on. */
  readonly since: number;
  readonly written: number;
  /** Refusals without a line, by their code. */
  readonly leftOut: Readonly<Partial<Record<ErrorCode, number>>>;
}

export const noEdgeLines: EdgeLines = { since: -Infinity, written: 0, leftOut: {} };

/** Codes of requests that are refused for their form, whoever sends them. */
const ofForm: ReadonlySet<ErrorCode> = new Set(["invalid_request", "method_not_allowed", "request_too_large", "unsupported_media_type"]);

/**
 * Whether strangers can have as many of these refusals as they like: those of limits, of what no route takes,
 * and of malformed requests. Faults of the bridge are none of them.
 */
export function isOfTheEdge({ code, retryAfter }: Pick<Refusal, "code" | "retryAfter">, route: string): boolean {
  // Limits, and they alone, say when to come again.
  if (retryAfter !== undefined) return true;
  return catalogue[code].status < 500 && (route === "unmatched" || ofForm.has(code));
}

/** Counts one of the edge's refusals. @param now in seconds, of the clock of `since`. */
export function countEdgeLine(lines: EdgeLines, code: ErrorCode, now: number): { readonly lines: EdgeLines; readonly isWritten: boolean } {
  const { since, written, leftOut } = now - lines.since >= 1 ? { ...lines, since: now, written: 0 } : lines;
  if (written < edgeLinesPerSecond) return { lines: { since, written: written + 1, leftOut }, isWritten: true };
  return { lines: { since, written, leftOut: { ...leftOut, [code]: (leftOut[code] ?? 0) + 1 } }, isWritten: false };
}
