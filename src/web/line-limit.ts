import { catalogue, type ErrorCode, type Refusal } from "../errors.ts";

/** Lines a second that one process writes of what strangers can cause as often as they like. The rest is counted. */
export const edgeLinesPerSecond = 20;

/** What was written of these in the present second, and what was not since the last summary. */
export interface EdgeLines {
  /** When the second began, in seconds of any clock that only goes on. */
  readonly since: number;
  readonly written: number;
  /** Requests without a line, by what they are counted as: see {@link edgeOf}. */
  readonly leftOut: Readonly<Record<string, number>>;
}

export const noEdgeLines: EdgeLines = { since: -Infinity, written: 0, leftOut: {} };

/** Routes that no limit of requests counts. */
const probes: ReadonlySet<string> = new Set(["/healthz", "/readyz"]);
/** Codes of requests that are refused for their form, whoever sends them. */
const ofForm: ReadonlySet<ErrorCode> = new Set(["invalid_request", "method_not_allowed", "request_too_large", "unsupported_media_type"]);

/** A probe that learns what it expects says nothing to the operator. */
export const isHealthyProbe = (route: string, status: number): boolean => probes.has(route) && status === 200;

/**
 * As what a request is counted that strangers can cause as often as they like: refusals by limits, of what no
 * route takes and of malformed requests by their code, probes by their route. Null of all else, of which each has
 * its line: what limits let through, and faults of the bridge.
 */
export function edgeOf(route: string, refusal: Pick<Refusal, "code" | "retryAfter"> | null): string | null {
  if (refusal === null) return probes.has(route) ? route : null;
  const { code, retryAfter } = refusal;
  // Limits, and they alone, say when to come again.
  if (retryAfter !== undefined) return code;
  return catalogue[code].status < 500 && (route === "unmatched" || ofForm.has(code)) ? code : null;
}

/** Counts one more. @param now in seconds, of the clock of `since`. */
export function countEdgeLine(lines: EdgeLines, edge: string, now: number): { readonly lines: EdgeLines; readonly isWritten: boolean } {
  const { since, written, leftOut } = now - lines.since >= 1 ? { ...lines, since: now, written: 0 } : lines;
  if (written < edgeLinesPerSecond) return { lines: { since, written: written + 1, leftOut }, isWritten: true };
  return { lines: { since, written, leftOut: { ...leftOut, [edge]: (leftOut[edge] ?? 0) + 1 } }, isWritten: false };
}
