/**
 * Generates the typed clients from the data model, one for each engine. Runs after every install.
 * Generating needs no schema engine, but the tool looks for one and would download it: naming any
 * program stops that.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";

const prisma = createRequire(import.meta.url).resolve("prisma/build/index.js");
const schema = path.join(import.meta.dirname, "schema.prisma");

/** The same data model for PostgreSQL, where a time says in the schema that it carries its zone. */
function postgresqlSchema(): string {
  return readFileSync(schema, "utf8")
    .replace('provider = "sqlite"', 'provider = "postgresql"')
    .replace('"../src/storage/generated"', JSON.stringify(path.join(import.meta.dirname, "../src/storage/generated-postgresql")))
    .replaceAll(/^( +\w+ +DateTime\??)/gm, "$1 @db.Timestamptz(3)");
}

function generate(file: string): void {
  const { status, stderr } = spawnSync(process.execPath, [prisma, "generate", "--no-hints", "--schema", file], {
    env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, PRISMA_HIDE_UPDATE_MESSAGE: "1" },
    encoding: "utf8",
  });
  if (status === 0) return;
  process.stderr.write(stderr);
  process.exit(status ?? 1);
}

generate(schema);
const directory = mkdtempSync(path.join(tmpdir(), "jpki-bridge-schema-"));
try {
  const file = path.join(directory, "schema.prisma");
  writeFileSync(file, postgresqlSchema());
  generate(file);
} finally {
  rmSync(directory, { recursive: true });
}
