import type { Server } from "node:http";
import { Server as NetServer } from "node:net";
import { setImmediate, setTimeout } from "node:timers/promises";
import type { Drain } from "../web/drain.ts";

/** In seconds, from the beginning of the drain on. */
export interface DrainTimes {
  /** For so long everything is answered, while `/readyz` says that it is not ready, and no idle connection is ended: by then the proxy has ended its own. */
  readonly announce: number;
  /** After so long what is still under way is cut off. */
  readonly limit: number;
}

/** Milliseconds. */
const betweenLooks = 100;
/** Seconds for which requests are still answered on connections that were accepted last. */
const lateSeconds = 1;

/**
 * Ends a server without losing a request.
 * @param isReplaced whether other processes listen at the same address, as workers do: then it accepts no
 *   more connections from the start, and refuses nothing that comes on those it has: they end with their next
 *   answer, or when nothing has come while the end was announced.
 */
export async function drainServer(server: Server, drain: Drain, { announce, limit }: DrainTimes, isReplaced = false): Promise<void> {
  const over = new AbortController();
  const closed = new Promise<void>((resolve) => server.once("close", resolve));
  const after = (seconds: number): Promise<unknown> => setTimeout(seconds * 1000, undefined, { signal: over.signal }).catch(() => undefined);
  const cut = after(limit);
  drain.enter("announcing");
  // Not HTTP's own close: it ends idle connections, on which a request may be on its way.
  if (isReplaced) NetServer.prototype.close.call(server);
  await Promise.race([closed, after(Math.min(announce, limit))]);
  // What waits to be accepted is, in the turn of the event loop that comes before: the system would break it off.
  await setImmediate();
  server.close();
  if (!isReplaced) void after(lateSeconds).then(() => drain.enter("refusing"));
  // An answer that had begun before the drain did keeps its connection.
  const idle = setInterval(() => server.closeIdleConnections(), betweenLooks);
  void cut.then(() => server.closeAllConnections());
  await closed;
  clearInterval(idle);
  over.abort();
}
