import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { Database } from "better-sqlite3";
import { toBase64Url } from "../bytes.ts";
import type { BackupManifest } from "./backup-manifest.ts";
import { unopened } from "./backup-sealed.ts";
import type { Sealing } from "./sealing.ts";

type Content = Pick<BackupManifest, "migrations" | "tables" | "last_receipt">;

/** What is in a database, as a manifest tells it. */
export function contentOf(database: Database): Content {
  const names = database.prepare(`SELECT "name" FROM sqlite_master WHERE "type"='table' AND "name" NOT LIKE 'sqlite_%' ORDER BY "name"`).pluck().all() as string[];
  const count = (name: string): number => database.prepare(`SELECT count(*) FROM "${name}"`).pluck().get() as number;
  const last = database.prepare(`SELECT "sequence","hash" FROM "receipt" ORDER BY "sequence" DESC LIMIT 1`).get() as { sequence: number; hash: Uint8Array } | undefined;
  return {
    migrations: database.prepare(`SELECT "migration_name" FROM "_prisma_migrations" WHERE "finished_at" IS NOT NULL AND "rolled_back_at" IS NULL ORDER BY "migration_name"`).pluck().all() as string[],
    tables: Object.fromEntries(names.map((name) => [name, count(name)])),
    last_receipt: { sequence: last?.sequence ?? 0, hash: last === undefined ? null : toBase64Url(last.hash) },
  };
}

/**
 * Holds a database against the manifest that came with it.
 * @returns what keeps it from being put in place, in sentences; none where nothing does.
 */
export function problemsOf(database: Database, manifest: BackupManifest, sealing: Sealing): string[] {
  const integrity = database.pragma("integrity_check", { simple: true }) as string;
  if (integrity !== "ok") return [`the database is damaged: ${integrity.split("\n")[0] ?? ""}`];
  if ((database.pragma("foreign_key_check") as unknown[]).length > 0) return ["the database is damaged: rows refer to others that are not there"];
  const content = contentOf(database);
  const differing = Object.keys({ ...manifest.tables, ...content.tables }).filter((name) => manifest.tables[name] !== content.tables[name]);
  return [
    ...differing.map((name) => `the table ${name} has ${content.tables[name] ?? "no"} rows, and the manifest says ${manifest.tables[name] ?? "none"}`),
    ...(JSON.stringify(content.last_receipt) === JSON.stringify(manifest.last_receipt) ? [] : ["the last receipt is not the one that the manifest names"]),
    ...unopened(database, sealing),
  ];
}

/** SHA-256 of a file, in hexadecimal. */
export async function digestOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
