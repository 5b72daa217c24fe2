import { Refusal } from "../errors.ts";
import { newIdentifier } from "../identifiers.ts";
import type { ArtifactStore } from "./artifacts.ts";
import { lasts, latestEnd } from "./time.ts";

/** Work that one process does for all that share a database. */
export interface Lease {
  /** Whether this process does it now: it did and goes on, or nobody does. Whoever does not ask again in time has lost it. */
  hold(now: number): Promise<boolean>;
  /** Lets another take it at once. */
  release(now: number): Promise<void>;
}

const model = "Lease";

/**
 * A lease by its name. Of several processes that ask at once one holds it, by one conditional update. It
 * only keeps work from being done twice needlessly: a process that was stopped for longer than `seconds`
 * may still finish what it began, so the work itself must bear being done twice. One that lasts longer
 * than any could was taken by a clock that was ahead, and counts as run out.
 */
export function createLease(artifacts: ArtifactStore, name: string, seconds: number): Lease {
  const holder = newIdentifier();
  let held: { readonly version: number; readonly until: number } | null = null;

  const take = async (now: number): Promise<typeof held> => {
    const until = now + seconds;
    if (await artifacts.insert(model, name, { holder }, { expiresAt: until })) return { version: 1, until };
    const found = await artifacts.find(model, name);
    if (found === null || (lasts(found.expiresAt, now, seconds) && (found.payload as { holder: string }).holder !== holder)) return null;
    return (await artifacts.replace(model, name, found.version, { holder }, { expiresAt: until })) ? { version: found.version + 1, until } : null;
  };

  return {
    async hold(now) {
      // Asked often, it writes seldom.
      if (held !== null && lasts(held.until, now + seconds / 2, seconds)) return true;
      held = await take(now);
      return held !== null;
    },
    async release(now) {
      // What has run out may be another's by now.
      if (held !== null && lasts(held.until, now, seconds)) await artifacts.replace(model, name, held.version, { holder: "" }, { expiresAt: 0 });
      held = null;
    },
  };
}

/** No lease is taken for more seconds. */
const longestLease = 60;

/**
 * Whether a bridge works on a database: one that does holds leases, gives them back as it ends, and has lost
 * them a minute after it was killed.
 * @param count - how many leases end after a time.
 */
export async function isAtWork(count: (after: number) => number | Promise<number>, now: number): Promise<boolean> {
  return (await count(now)) > (await count(latestEnd(now, longestLease)));
}

/** @throws Refusal `operation_not_possible` while a bridge works on the database. */
export async function refuseAtWork({ artifacts }: { readonly artifacts: Pick<ArtifactStore, "count"> }, now: number): Promise<void> {
  if (await isAtWork((after) => artifacts.count(model, after), now)) throw new Refusal("operation_not_possible", atWork);
}

/** Why what needs a bridge at rest is refused. */
export const atWork = "a bridge works on this database: stop every process of it; one that was killed counts for another minute";
