import type { AddressInfo } from "node:net";

/** What a worker tells the supervisor: it answers. */
export interface WorkerReady {
  readonly kind: "ready";
  readonly address: AddressInfo;
}

/** What the supervisor asks of a worker. It alone says when: a terminal sends its signals to all of a group. */
export interface DrainOrder {
  readonly kind: "drain";
  /** Others go on listening. */
  readonly isReplaced: boolean;
}

export const isReady = (message: unknown): message is WorkerReady => kindOf(message) === "ready";
export const isDrainOrder = (message: unknown): message is DrainOrder => kindOf(message) === "drain";

/** Other parts may send messages of their own. */
const kindOf = (message: unknown): unknown => (message as { kind?: unknown } | null)?.kind;
