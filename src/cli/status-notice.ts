import type { Clock } from "../clock.ts";
import { newIdentifier } from "../identifiers.ts";
import type { Storage } from "../storage/index.ts";

const [model, id] = ["Notice", "status"];
const hour = 60 * 60;
const everyMs = 1000;

/** Word for every process that shares the database: there is something new at the status sources. */
export async function giveStatusNotice({ artifacts }: Storage, now: number): Promise<void> {
  await artifacts.put(model, id, { notice: newIdentifier() }, { expiresAt: now + hour });
}

/** Calls `refresh` soon after each notice that comes from now on. @returns what stops it, and waits for what is under way. */
export function heedStatusNotices({ artifacts }: Storage, clock: Clock, refresh: () => Promise<void>): () => Promise<void> {
  const noticed = async (): Promise<unknown> => {
    const found = await artifacts.find(model, id);
    return found === null || found.expiresAt <= clock() ? null : (found.payload as { notice: string }).notice;
  };
  let heeded = noticed();
  let running: Promise<void> | null = null;
  const look = async (): Promise<void> => {
    const [before, notice] = [await heeded, await noticed()];
    if (notice === null || notice === before) return;
    heeded = Promise.resolve(notice);
    await refresh();
  };
  const timer = setInterval(() => {
    // A database that does not answer now is asked again.
    running ??= look().catch(() => undefined).finally(() => (running = null));
  }, everyMs);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await running;
  };
}
