import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = path.resolve(import.meta.dirname, "../..");
const oxlint = path.join(root, "node_modules/oxlint/bin/oxlint");
const plugin = path.join(root, ".oxlint/import-table.js");

/** Where an import stands, the import, and what is said about it; null when it is allowed. */
type Row = readonly [place: string, code: string, message: string | null];

const imports = (specifier: string): string => `import { x } from "${specifier}";\nexport const y = x;`;
const rows: readonly Row[] = [
  // Upwards, sideways, downwards
  ["src/pki", imports("../jpki/index.ts"), "pki may not import jpki"],
  ["src/jpki", imports("../pki/path.ts"), null],
  ["src/jpki", imports("../assurance/index.ts"), "jpki may not import assurance"],
  ["src/assurance", imports("../jpki/index.ts"), null],
  ["src/assurance", imports("../storage/index.ts"), "assurance is pure and imports only pki, jpki, assurance and the kernel"],
  ["src/pki", imports("../web/app.ts"), "pki is pure and imports only pki, jpki, assurance and the kernel"],
  ["src/storage", imports("../people/index.ts"), "storage may not import people"],
  ["src/people", imports("../storage/index.ts"), null],
  ["src/people", imports("../passkeys/index.ts"), "people may not import passkeys"],
  ["src/revocation", imports("../people/index.ts"), "revocation may not import people"],
  ["src/enrolment", imports("../people/index.ts"), null],
  ["src/people", imports("../enrolment/index.ts"), "people may not import enrolment"],
  ["src/provider", imports("../relying-parties/index.ts"), null],
  ["src/relying-parties", imports("../provider/index.ts"), "relying-parties may not import provider"],
  ["src/signals", imports("../provider/index.ts"), "signals may not import provider"],
  ["src/provider", imports("../web/app.ts"), "provider may not import web"],
  ["src/web", imports("../provider/index.ts"), null],
  ["src/web/routes", imports("../../cli/bridge.ts"), "web may not import cli"],
  ["src/cli", imports("../web/app.ts"), null],
  ["src/pki", imports("./path.ts"), null],
  ["src/web/routes", imports("../body.ts"), null],
  // The kernel
  ["src/pki", imports("../errors.ts"), null],
  ["src/web/routes", imports("../../clock.ts"), null],
  ["src/errors.ts", imports("./bytes.ts"), null],
  ["src/errors.ts", imports("./pki/path.ts"), "the kernel imports nothing but the kernel"],
  ["src/log.ts", imports("./config.ts"), "the kernel imports nothing but the kernel"],
  // Configuration
  ["src/cli", imports("../config.ts"), null],
  ["src/web", imports("../config.ts"), null],
  ["src/people", imports("../config.ts"), "configuration is handed in by cli and web"],
  ["src/provider", imports("../config-schema.ts"), "configuration is handed in by cli and web"],
  ["src/config.ts", imports("./config-rules.ts"), null],
  ["src/config.ts", imports("./assurance/policy.ts"), null],
  ["src/config-rules.ts", imports("./jpki/sandbox-marker.ts"), null],
  ["src/config.ts", imports("./storage/index.ts"), "configuration imports only pki, jpki, assurance and the kernel"],
  ["src/config.ts", imports("./web/app.ts"), "configuration imports only pki, jpki, assurance and the kernel"],
  // Views, SDK, sandbox
  ["src/web", imports("../../views/pages/index.ts"), null],
  ["src/provider", imports("../../views/pages/index.ts"), "only web renders views"],
  ["views/pages", imports("../../src/errors.ts"), null],
  ["views/pages", imports("../../src/people/index.ts"), "views import nothing of src but the kernel"],
  ["src/jpki", imports("@jpki-bridge/client-sdk"), null],
  ["src/jpki", imports("../../client-sdk/src/index.ts"), null],
  ["src/enrolment", imports("@jpki-bridge/client-sdk"), "only jpki imports client-sdk"],
  ["client-sdk/examples", imports("@jpki-bridge/client-sdk/approval"), null],
  ["src/enrolment", imports("../../client-sdk/src/statement/jcs.ts"), "only jpki imports client-sdk"],
  ["client-sdk/src", imports("../../src/bytes.ts"), "client-sdk imports nothing of src"],
  ["client-sdk/src", imports("../../src/jpki/index.ts"), "client-sdk imports nothing of src"],
  ["src/sandbox", imports("../web/app.ts"), null],
  ["src/sandbox", imports("oidc-provider"), null],
  ["src/web", imports("../sandbox/sandbox.ts"), "only cli may load the sandbox"],
  ["src/errors.ts", imports("./sandbox/sandbox.ts"), "only cli may load the sandbox"],
  ["views/pages", imports("../../src/sandbox/sandbox.ts"), "only cli may load the sandbox"],
  ["src/cli", `export const x = await import("../sandbox/sandbox.ts");`, null],
  ["src/cli", imports("../sandbox/sandbox.ts"), "cli loads the sandbox by dynamic import alone"],
  ["src/cli", `import type { Sandbox } from "../sandbox/sandbox.ts";\nexport type S = Sandbox;`, "cli loads the sandbox by dynamic import alone"],
  // Packages that live in one place
  ["src/web", imports("koa"), null],
  ["src/provider", imports("koa"), "koa belongs to web, sandbox"],
  ["src/people", imports("@koa/router"), "@koa/router belongs to web, sandbox"],
  ["src/enrolment", imports("koa-helmet"), "koa-helmet belongs to web, sandbox"],
  ["src/web", imports("oidc-provider"), "oidc-provider belongs to provider"],
  ["src/web", imports("oidc-provider/lib/index.js"), "oidc-provider belongs to provider"],
  ["src/people", imports("@prisma/client"), "@prisma/client belongs to storage"],
  ["src/people", imports("better-sqlite3"), "better-sqlite3 belongs to storage"],
  ["src/people", imports("pg"), "pg belongs to storage"],
  ["src/provider", imports("../observability/index.ts"), null],
  ["src/observability", imports("../storage/index.ts"), "observability may not import storage"],
  ["src/observability", imports("prom-client"), null],
  ["src/cli", imports("prom-client"), "prom-client belongs to observability"],
  ["src/provider/pkcs11/binding.ts", imports("koffi"), null],
  ["src/provider/pkcs11/token.ts", imports("koffi"), "koffi belongs to provider/binding"],
  ["src/web", imports("@opentelemetry/api"), "@opentelemetry/api belongs to observability"],
  ["src/web", imports("@simplewebauthn/server/helpers"), "@simplewebauthn/server belongs to passkeys"],
  ["src/jpki", imports("pkijs"), "pkijs belongs to sandbox"],
  ["src/pki", imports("@peculiar/x509"), "@peculiar/x509 belongs to sandbox, client-sdk/certificate-libraries"],
  ["client-sdk/src/simulator", imports("@peculiar/x509"), "@peculiar/x509 belongs to sandbox, client-sdk/certificate-libraries"],
  ["client-sdk/src/simulator/certificate-libraries.ts", imports("asn1js"), null],
  ["src/errors.ts", imports("koa"), "koa belongs to web, sandbox"],
  ["src/web", imports("node:crypto"), "node:crypto belongs to pki, passkeys, storage, provider/keys, provider/signing-key, provider/cookie-signatures"],
  ["src/web", imports("crypto"), "node:crypto belongs to pki, passkeys, storage, provider/keys, provider/signing-key, provider/cookie-signatures"],
  ["src/provider/keys.ts", imports("node:crypto"), null],
  ["src/provider/levels.ts", imports("node:crypto"), "node:crypto belongs to pki, passkeys, storage, provider/keys, provider/signing-key, provider/cookie-signatures"],
  ["src/pki", imports("node:crypto"), null],
  // Pure modules
  ["src/jpki", imports("node:crypto"), "jpki is pure: no node:crypto"],
  ["src/pki", imports("node:fs"), "pki is pure: no node:fs"],
  ["src/pki", imports("fs"), "pki is pure: no node:fs"],
  ["src/assurance", imports("node:timers/promises"), "assurance is pure: no node:timers/promises"],
  ["src/assurance", imports("fs/promises"), "assurance is pure: no node:fs/promises"],
  // Whatever the form
  ["src/people", `export { x } from "../web/app.ts";`, "people may not import web"],
  ["src/people", `export * from "../web/app.ts";`, "people may not import web"],
  ["src/people", `import type { X } from "../web/app.ts";\nexport type Y = X;`, "people may not import web"],
  ["src/people", `import "../web/app.ts";`, "people may not import web"],
  ["src/people", `export const x = await import("../web/app.ts");`, "people may not import web"],
  ["src/people", "export const x = await import(`../web/app.ts`);", "people may not import web"],
  ["src/people", `export type X = import("../web/app.ts").X;`, "people may not import web"],
  ["src/people", `export type X = typeof import("koa");`, "koa belongs to web, sandbox"],
  ["src/people", `const name = "koa";\nexport const x = await import(name);`, "an import names its module in so many words"],
  ["src/people", `export const x = (name: string) => import("../web/" + name);`, "an import names its module in so many words"],
  // Outside the table
  ["src/people", imports("../../test/support/world.ts"), "src imports nothing outside src, views and client-sdk"],
  ["src/people", imports("../../node_modules/koa/index.js"), "src imports nothing outside src, views and client-sdk"],
  ["src/people", imports("../../../elsewhere/x.ts"), "src imports nothing outside src, views and client-sdk"],
  ["src/novelty", imports("../people/index.ts"), "novelty has no place in the import table"],
  ["src/people", imports("../novelty/index.ts"), "novelty has no place in the import table"],
  ["src/helpers.ts", imports("./people/index.ts"), "helpers has no place in the import table"],
  ["src/people", imports("../helpers.ts"), "helpers has no place in the import table"],
  ["test/people", imports("../../src/web/app.ts"), null],
];

interface Finding { readonly filename: string; readonly message: string }
let directory: string;
let shared: readonly Finding[];

/** Rows that name a file have a tree of their own; the others share one, each in a file of its own. */
const namesFile = (place: string): boolean => place.endsWith(".ts");
const treeOf = (place: string, index: number): string => (namesFile(place) ? `tree-${index}` : "shared");
const fileOf = (place: string, index: number): string => (namesFile(place) ? place : `${place}/case-${index}.ts`);

beforeAll(() => {
  directory = mkdtempSync(path.join(tmpdir(), "jpki-bridge-imports-"));
  for (const [index, [place, code]] of rows.entries()) {
    const file = path.join(directory, treeOf(place, index), fileOf(place, index));
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, `${code}\n`);
  }
  shared = lint(path.join(directory, "shared"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** What the rule alone says about a directory. */
function lint(where: string): Finding[] {
  const config = path.join(directory, "only-imports.json");
  writeFileSync(config, JSON.stringify({ jsPlugins: [plugin], categories: { correctness: "off" }, plugins: [], rules: { "jpki-bridge/import-table": "error" }, ignorePatterns: ["src/storage/generated"] }));
  const { stdout, stderr } = spawnSync(process.execPath, [oxlint, "--config", config, "--format", "json", "."], { cwd: where, encoding: "utf8", maxBuffer: 1e8 });
  if (!stdout.startsWith("{")) throw new Error(`${stdout}\n${stderr}`);
  return (JSON.parse(stdout) as { diagnostics: Finding[] }).diagnostics;
}

describe("the import table", () => {
  test.each(rows.map(([place, code, message], index) => ({ place, code, message, index })))("in $place: $code", ({ place, message, index }) => {
    const findings = namesFile(place) ? lint(path.join(directory, treeOf(place, index))) : shared;
    const said = findings.filter(({ filename }) => filename === fileOf(place, index)).map((finding) => finding.message);
    expect(said).toEqual(message === null ? [] : [message]);
  });

  test("says nothing that no row expects", () => {
    expect(shared).toHaveLength(rows.filter(([place, , message]) => !namesFile(place) && message !== null).length);
  });

  test("holds in this very tree", () => {
    expect(lint(root).filter(({ filename }) => /^(src|views|client-sdk)\//.test(filename))).toEqual([]);
  });
});
