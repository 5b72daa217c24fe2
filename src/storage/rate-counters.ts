import { toBase64Url, utf8 } from "../bytes.ts";
import type { SqlExecutor } from "./artifacts.ts";
import type { Sealing } from "./sealing.ts";

/** What a limit has counted for one key in the window that runs. */
export interface RateWindow {
  readonly points: number;
  /** Seconds, when it ends. */
  readonly expiresAt: number;
}

/** Counters of limits that all processes on one database share. */
export interface RateCounters {
  /**
   * Takes `points` for a key, if with them it has no more than `most` in its window; one conditional
   * update. The first in a window begins it, and says when it ends.
   */
  take(key: string, points: number, most: number, window: { readonly now: number; readonly until: number }): Promise<boolean>;
  /** Gives points back that were taken and not used. */
  giveBack(key: string, points: number, now: number): Promise<void>;
  /** The window that runs; null when none does. */
  find(key: string, now: number): Promise<RateWindow | null>;
  /** Deletes up to `limit` windows that are over; the number deleted. */
  sweep(now: number, limit: number): Promise<number>;
}

const sql = {
  take: `INSERT INTO "rate_counter" ("key","points","expires_at") VALUES (?,?,?) ON CONFLICT ("key") DO UPDATE SET
    "points"=CASE WHEN "rate_counter"."expires_at"<=? THEN excluded."points" ELSE "rate_counter"."points"+excluded."points" END,
    "expires_at"=CASE WHEN "rate_counter"."expires_at"<=? THEN excluded."expires_at" ELSE "rate_counter"."expires_at" END
    WHERE "rate_counter"."expires_at"<=? OR "rate_counter"."points"+excluded."points"<=?`,
  giveBack: `UPDATE "rate_counter" SET "points"="points"-? WHERE "key"=? AND "points">=? AND "expires_at">?`,
  find: `SELECT "points","expires_at" FROM "rate_counter" WHERE "key"=? AND "expires_at">?`,
  sweep: `DELETE FROM "rate_counter" WHERE "key" IN (SELECT "key" FROM "rate_counter" WHERE "expires_at"<=? LIMIT ?)`,
} as const;

/** Keys name networks and sessions: the table holds keyed digests of them. */
export function createRateCounters(executor: SqlExecutor, sealing: Sealing): RateCounters {
  const digest = (key: string): string => toBase64Url(sealing.lookUpDigest(utf8("rate"), utf8(key)));
  return {
    take: async (key, points, most, { now, until }) => {
      if (points > most) return false;
      return (await executor.run(sql.take, [digest(key), points, until, now, now, now, most])) === 1;
    },
    giveBack: async (key, points, now) => void (await executor.run(sql.giveBack, [points, digest(key), points, now])),
    find: async (key, now) => {
      const found = await executor.get(sql.find, [digest(key), now]);
      return found === null ? null : { points: Number(found["points"]), expiresAt: Number(found["expires_at"]) };
    },
    sweep: (now, limit) => executor.run(sql.sweep, [now, limit]),
  };
}
