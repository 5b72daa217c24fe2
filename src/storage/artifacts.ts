import { utf8 } from "../bytes.ts";
import { artifactDigest, type Sealing } from "./sealing.ts";

/** A short-lived record: JSON, an expiry, and a version for conditional updates. */
export interface Artifact {
  readonly payload: unknown;
  readonly version: number;
  /** Seconds, when it was consumed; null while it was not. */
  readonly consumedAt: number | null;
  /** Seconds. An expired artifact may still be found until it is swept: callers check. */
  readonly expiresAt: number;
}

export interface ArtifactPlacement {
  readonly expiresAt: number;
  readonly uid?: string | undefined;
  readonly grantId?: string | undefined;
  readonly accountId?: string | undefined;
  readonly clientId?: string | undefined;
}

/**
 * The hot key-value path beside the data model: prepared statements on the same database. Codes,
 * challenges and transactions are consumed or replaced by one conditional UPDATE whose count is the
 * answer; nothing here reads first and writes then.
 */
export interface ArtifactStore {
  /** Inserts or replaces; what was consumed stays consumed. */
  put(model: string, id: string, payload: unknown, placement: ArtifactPlacement): Promise<void>;
  /** The same, but leaves alone what was consumed or ended; false then. */
  putUnlessConsumed(model: string, id: string, payload: unknown, placement: ArtifactPlacement): Promise<boolean>;
  /** Inserts; false when the id is taken. */
  insert(model: string, id: string, payload: unknown, placement: ArtifactPlacement): Promise<boolean>;
  find(model: string, id: string): Promise<Artifact | null>;
  findByUid(model: string, uid: string): Promise<Artifact | null>;
  /** All unexpired artifacts of a model that belong to one account, the latest to expire first. */
  listByAccount(model: string, accountId: string, now: number): Promise<Artifact[]>;
  /** Replaces the payload, and the expiry if one is given, if the version is still the one given; false when somebody was faster. */
  replace(model: string, id: string, version: number, payload: unknown, placement?: Pick<ArtifactPlacement, "expiresAt">): Promise<boolean>;
  /** Marks as consumed at `now`, once; false when it was already, is expired, or is unknown. */
  consume(model: string, id: string, now: number): Promise<boolean>;
  /** Consumes at `now` and empties, kept until `until` as belonging to nobody so that a late `putUnlessConsumed` meets it; false when it was already, or is unknown. */
  end(model: string, id: string, now: number, until: number): Promise<boolean>;
  /** False when there was none: of two that remove the same at once, one did. */
  remove(model: string, id: string): Promise<boolean>;
  removeByGrant(grantId: string): Promise<void>;
  /** Ends everything of one account: sessions, codes, tokens, grants; or what it has with one client. */
  removeByAccount(accountId: string, clientId?: string): Promise<void>;
  /** The same but for what lasts: grants and refresh tokens stay, for an account that may come back. */
  suspendByAccount(accountId: string): Promise<void>;
  /** Deletes up to `limit` artifacts of one client, of whomever they are; the number deleted. */
  removeByClient(clientId: string, limit: number): Promise<number>;
  /** How many unexpired artifacts of a model there are. */
  count(model: string, now: number): Promise<number>;
  /** How many of them go by one uid. */
  countByUid(model: string, uid: string, now: number): Promise<number>;
  /** Deletes up to `limit` expired artifacts; the number deleted. */
  sweep(now: number, limit: number): Promise<number>;
}

export type SqlValue = string | number | null | Uint8Array;
/** The few things asked of a database, on a connection of its own or inside a transaction. */
export interface SqlExecutor {
  run(sql: string, parameters: readonly SqlValue[]): Promise<number>;
  get(sql: string, parameters: readonly SqlValue[]): Promise<Record<string, unknown> | null>;
  all(sql: string, parameters: readonly SqlValue[]): Promise<Record<string, unknown>[]>;
}

const columns = `"model","id","payload","uid","grant_id","account_id","client_id","expires_at"`;
const put = `INSERT INTO "artifact" (${columns}) VALUES (?,?,?,?,?,?,?,?) ON CONFLICT ("model","id") DO UPDATE SET
    "payload"=excluded."payload","uid"=excluded."uid","grant_id"=excluded."grant_id",
    "account_id"=excluded."account_id","client_id"=excluded."client_id","expires_at"=excluded."expires_at","version"="artifact"."version"+1`;
const sql = {
  insert: `INSERT INTO "artifact" (${columns}) VALUES (?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING`,
  put,
  putUnlessConsumed: `${put} WHERE "artifact"."consumed_at" IS NULL`,
  find: `SELECT "id","payload","version","consumed_at","expires_at" FROM "artifact" WHERE "model"=? AND "id"=?`,
  findByUid: `SELECT "id","payload","version","consumed_at","expires_at" FROM "artifact" WHERE "uid"=? AND "model"=?`,
  listByAccount: `SELECT "id","payload","version","consumed_at","expires_at" FROM "artifact" WHERE "account_id"=? AND "model"=? AND "expires_at">? ORDER BY "expires_at" DESC`,
  replace: `UPDATE "artifact" SET "payload"=?,"version"="version"+1,"expires_at"=coalesce(?,"expires_at") WHERE "model"=? AND "id"=? AND "version"=?`,
  consume: `UPDATE "artifact" SET "consumed_at"=? WHERE "model"=? AND "id"=? AND "consumed_at" IS NULL AND "expires_at">?`,
  end: `UPDATE "artifact" SET "payload"=?,"uid"=NULL,"grant_id"=NULL,"account_id"=NULL,"client_id"=NULL,"version"="version"+1,"consumed_at"=?,"expires_at"=? WHERE "model"=? AND "id"=? AND "consumed_at" IS NULL`,
  remove: `DELETE FROM "artifact" WHERE "model"=? AND "id"=?`,
  removeByGrant: `DELETE FROM "artifact" WHERE "grant_id"=?`,
  removeByAccount: `DELETE FROM "artifact" WHERE "account_id"=?`,
  suspendByAccount: `DELETE FROM "artifact" WHERE "account_id"=? AND "model" NOT IN ('Grant','RefreshToken')`,
  removeByAccountAndClient: `DELETE FROM "artifact" WHERE "account_id"=? AND "client_id"=?`,
  removeByClient: `DELETE FROM "artifact" WHERE ("model","id") IN (SELECT "model","id" FROM "artifact" WHERE "client_id"=? LIMIT ?)`,
  count: `SELECT count(*) AS "count" FROM "artifact" WHERE "model"=? AND "expires_at">?`,
  countByUid: `SELECT count(*) AS "count" FROM "artifact" WHERE "uid"=? AND "model"=? AND "expires_at">?`,
  sweep: `DELETE FROM "artifact" WHERE ("model","id") IN (SELECT "model","id" FROM "artifact" WHERE "expires_at"<=? LIMIT ?)`,
} as const;

/** What both engines hold, also of an end that a relying party wrote in a token: a part of a second lasts as long as a whole one. */
const wholeSeconds = (at: number): number => Math.min(Math.max(0, Math.ceil(at)), Number.MAX_SAFE_INTEGER);

/** The store over any executor, sealing payloads and digesting ids on the way in. */
export function createArtifactStore(executor: SqlExecutor, sealing: Sealing): ArtifactStore {
  const text = new TextDecoder();
  const context = (model: string, id: Uint8Array): string => `artifact/${model}/${Buffer.from(id).toString("base64url")}`;

  const seal = (model: string, digest: Uint8Array, payload: unknown): Uint8Array => sealing.seal(utf8(JSON.stringify(payload)), context(model, digest));

  const row = (model: string, id: string, payload: unknown, placement: ArtifactPlacement): SqlValue[] => {
    const digest = artifactDigest(model, id);
    const sealed = seal(model, digest, payload);
    const { uid, grantId, accountId, clientId, expiresAt } = placement;
    const uidDigest = uid === undefined ? null : artifactDigest("uid", uid);
    const grantDigest = grantId === undefined ? null : artifactDigest("grant", grantId);
    return [model, digest, sealed, uidDigest, grantDigest, accountId ?? null, clientId ?? null, wholeSeconds(expiresAt)];
  };

  const artifactOf = (model: string, found: Record<string, unknown> | null): Artifact | null => {
    if (found === null) return null;
    const plain = sealing.open(found["payload"] as Uint8Array, context(model, found["id"] as Uint8Array));
    return {
      payload: JSON.parse(text.decode(plain)),
      version: Number(found["version"]),
      consumedAt: found["consumed_at"] === null ? null : Number(found["consumed_at"]),
      expiresAt: Number(found["expires_at"]),
    };
  };

  return {
    put: async (model, id, payload, placement) => void (await executor.run(sql.put, row(model, id, payload, placement))),
    putUnlessConsumed: async (model, id, payload, placement) => (await executor.run(sql.putUnlessConsumed, row(model, id, payload, placement))) === 1,
    insert: async (model, id, payload, placement) => (await executor.run(sql.insert, row(model, id, payload, placement))) === 1,
    find: async (model, id) => artifactOf(model, await executor.get(sql.find, [model, artifactDigest(model, id)])),
    findByUid: async (model, uid) => artifactOf(model, await executor.get(sql.findByUid, [artifactDigest("uid", uid), model])),
    listByAccount: async (model, accountId, now) => (await executor.all(sql.listByAccount, [accountId, model, now])).flatMap((found) => artifactOf(model, found) ?? []),
    replace: async (model, id, version, payload, placement) => {
      const digest = artifactDigest(model, id);
      return (await executor.run(sql.replace, [seal(model, digest, payload), placement?.expiresAt ?? null, model, digest, version])) === 1;
    },
    consume: async (model, id, now) => (await executor.run(sql.consume, [now, model, artifactDigest(model, id), now])) === 1,
    end: async (model, id, now, until) => {
      const digest = artifactDigest(model, id);
      return (await executor.run(sql.end, [seal(model, digest, null), now, until, model, digest])) === 1;
    },
    remove: async (model, id) => (await executor.run(sql.remove, [model, artifactDigest(model, id)])) === 1,
    removeByGrant: async (grantId) => void (await executor.run(sql.removeByGrant, [artifactDigest("grant", grantId)])),
    removeByAccount: async (accountId, clientId) =>
      void (clientId === undefined
        ? await executor.run(sql.removeByAccount, [accountId])
        : await executor.run(sql.removeByAccountAndClient, [accountId, clientId])),
    suspendByAccount: async (accountId) => void (await executor.run(sql.suspendByAccount, [accountId])),
    removeByClient: (clientId, limit) => executor.run(sql.removeByClient, [clientId, limit]),
    count: async (model, now) => Number((await executor.get(sql.count, [model, now]))?.["count"] ?? 0),
    countByUid: async (model, uid, now) => Number((await executor.get(sql.countByUid, [artifactDigest("uid", uid), model, now]))?.["count"] ?? 0),
    sweep: (now, limit) => executor.run(sql.sweep, [now, limit]),
  };
}
