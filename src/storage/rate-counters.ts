import { toBase64Url, utf8 } from "../bytes.ts";
import type { SqlExecutor } from "./artifacts.ts";
import type { Sealing } from "./sealing.ts";
import { latestEnd } from "./time.ts";

/** What a limit has counted for one key in the window that runs. */
export interface RateWindow {
  readonly points: number;
  /** Seconds, when it ends. */
  readonly expiresAt: number;
}

/** The window of a limit as the one who asks sees it. */
export interface AskedWindow {
  readonly now: number;
  /** When it is to end, if it begins now. */
  readonly until: number;
  /** How long one lasts, in seconds: what would last longer was begun by a clock that was ahead, and is over. */
  readonly seconds: number;
}

/** Counters of limits that all processes on one database share. */
export interface RateCounters {
  /**
   * Takes `points` for a key, if with them it has no more than `most` in its window; one conditional
   * update. The first in a window begins it, and says when it ends.
   */
  take(key: string, points: number, most: number, window: AskedWindow): Promise<boolean>;
  /** Gives points back that were taken and not used. */
  giveBack(key: string, points: number, now: number): Promise<void>;
  /** The window that runs; null when none does. */
  find(key: string, window: Pick<AskedWindow, "now" | "seconds">): Promise<RateWindow | null>;
  /** Deletes up to `limit` windows that are over; the number deleted. */
  sweep(now: number, limit: number): Promise<number>;
}

/** Of now, and of the latest end that one has. */
const over = `("rate_counter"."expires_at"<=? OR "rate_counter"."expires_at">?)`;

const sql = {
  take: `INSERT INTO "rate_counter" ("key","points","expires_at") VALUES (?,?,?) ON CONFLICT ("key") DO UPDATE SET
    "points"=CASE WHEN ${over} THEN excluded."points" ELSE "rate_counter"."points"+excluded."points" END,
    "expires_at"=CASE WHEN ${over} THEN excluded."expires_at" ELSE "rate_counter"."expires_at" END
    WHERE ${over} OR "rate_counter"."points"+excluded."points"<=?`,
  giveBack: `UPDATE "rate_counter" SET "points"="points"-? WHERE "key"=? AND "points">=? AND "expires_at">?`,
  find: `SELECT "points","expires_at" FROM "rate_counter" WHERE "key"=? AND NOT ${over}`,
  sweep: `DELETE FROM "rate_counter" WHERE "key" IN (SELECT "key" FROM "rate_counter" WHERE "expires_at"<=? LIMIT ?)`,
} as const;

/** Keys name networks and sessions: the table holds keyed digests of them. */
export function createRateCounters(executor: SqlExecutor, sealing: Sealing): RateCounters {
  const digest = (key: string): string => toBase64Url(sealing.lookUpDigest(utf8("rate"), utf8(key)));
  return {
    take: async (key, points, most, { now, until, seconds }) => {
      if (points > most) return false;
      const ends = [now, latestEnd(now, seconds)];
      return (await executor.run(sql.take, [digest(key), points, until, ...ends, ...ends, ...ends, most])) === 1;
    },
    giveBack: async (key, points, now) => void (await executor.run(sql.giveBack, [points, digest(key), points, now])),
    find: async (key, { now, seconds }) => {
      const found = await executor.get(sql.find, [digest(key), now, latestEnd(now, seconds)]);
      return found === null ? null : { points: Number(found["points"]), expiresAt: Number(found["expires_at"]) };
    },
    sweep: (now, limit) => executor.run(sql.sweep, [now, limit]),
  };
}
