import type { TestProject } from "vitest/node";
import { withConnection } from "../../src/storage/postgresql-connection.ts";
import { migratePostgresql } from "../../src/storage/postgresql-migrator.ts";
import { startPostgresql } from "./postgresql.ts";

/** What the tests of the project `postgresql` are given. */
export interface PostgresqlForTests {
  /** Address of the database that others are copied from. */
  readonly template: string;
  /** Null; or why there is no server: the tests are skipped for that reason. */
  readonly absent: string | null;
}

declare module "vitest" {
  interface ProvidedContext {
    postgresql: PostgresqlForTests;
  }
}

/** One server for all of them, with a database that is migrated already. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  try {
    const server = await startPostgresql();
    const template = await server.createDatabase("migrated");
    await withConnection(template, (client) => migratePostgresql(client));
    project.provide("postgresql", { template, absent: null });
    return () => server.stop();
  } catch (error) {
    project.provide("postgresql", { template: "", absent: error instanceof Error ? error.message : "PostgreSQL does not start here" });
    return async () => undefined;
  }
}
