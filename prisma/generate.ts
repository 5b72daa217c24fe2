/**
 * Generates the typed client from the data model. Runs after every install. Generating needs no
 * schema engine, but the tool looks for one and would download it: naming any program stops that.
 */
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";

const prisma = createRequire(import.meta.url).resolve("prisma/build/index.js");
const { status, stderr } = spawnSync(process.execPath, [prisma, "generate", "--no-hints"], {
  env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, PRISMA_HIDE_UPDATE_MESSAGE: "1" },
  encoding: "utf8",
});
if (status !== 0) {
  process.stderr.write(stderr);
  process.exit(status ?? 1);
}
