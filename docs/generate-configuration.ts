/**
 * Writes docs/configuration.md from the schema in src/config.ts (`npm run docs`). A test compares the
 * two, so the page is never older than the program.
 */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { defaultPolicy, longestCoolingOff } from "../src/assurance/index.ts";
import { configurationSchema } from "../src/config.ts";
import { productionPolicies } from "../src/jpki/index.ts";

/** The part of JSON Schema that the configuration's schema uses. */
interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly format?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
}

interface Row {
  readonly key: string;
  readonly value: string;
  readonly usual: string;
  readonly description: string;
}

/** The page, in Markdown. */
export function configurationPage(): string {
  const schema = z.toJSONSchema(configurationSchema, { io: "input" }) as Schema;
  const members = Object.entries(schema.properties ?? {});
  const required = new Set(schema.required);
  const simple = members.filter(([, member]) => !isSection(member));
  const sections = members.filter(([, member]) => isSection(member));
  return [
    introduction,
    "## Top level\n",
    tableOf(simple.map(([key, member]) => rowOf(key, member, required.has(key)))),
    ...sections.map(([key, member]) => sectionOf(key, member, required.has(key))),
    assuranceSection(),
    policiesSection(),
    environment,
  ].join("\n");
}

const introduction = `# Configuration

Made from the schema in \`src/config.ts\` by \`npm run docs\`; do not edit.

\`npx jpki-bridge serve --config FILE\` reads one YAML or JSON file; \`--check\` checks it and stops. File names in it are relative to the file itself. An unknown key, a file that cannot be read, a missing trust anchor or an insecure value stops the start, with one sentence for each problem that says what to do. A complete example is in the [README](../README.md#sandbox-and-production).

Refused in production: an issuer or app link without https, a certification authority of the sandbox among the trust anchors, a certificate policy of the test environment, no status source at all.
`;

const environment = `## Environment

| variable | read by | meaning |
|---|---|---|
| \`PORT\`, \`DEMO_RP_PORT\`, \`JLIS_PORT\` | sandbox | ports of the provider (3000), the demo relying party (3100) and the J-LIS stand-in (3200); 0 takes a free one |
| \`JPKI_BRIDGE_DATA\` | sandbox, administration | directory of the sandbox's data, \`./data\` when not set |
| \`JPKI_BRIDGE_CONFIG\` | administration (\`client\`, \`keys\`) | configuration file, when \`--config\` is not given; without both, the sandbox's own |
| \`DATABASE_URL\` | \`serve\`, sandbox, administration | PostgreSQL database; decides over \`database.file\` and \`database.url\` ([database.md](database.md)) |
| \`NO_COLOR\` | every command | no colours on a terminal |

Production takes nothing else from the environment: what runs is what the file says.
`;

/** An object, or a list of objects, has a section of its own. */
function isSection(schema: Schema): boolean {
  const inner = withoutNull(schema);
  return inner.properties !== undefined || inner.items?.properties !== undefined;
}

function sectionOf(key: string, schema: Schema, required: boolean): string {
  const remarks = [schema.description, required ? "Required." : "May be left out."].filter((remark) => remark !== undefined);
  return [`## ${key}\n`, `${remarks.join(" ")}\n`, tableOf(rowsOf(key, schema))].join("\n");
}

/** A row for every member, and the members of its members below it. */
function rowsOf(prefix: string, schema: Schema): Row[] {
  const inner = withoutNull(schema);
  const list = inner.items?.properties === undefined ? inner : inner.items;
  const at = list === inner ? prefix : `${prefix}[]`;
  const required = new Set(list.required);
  return Object.entries(list.properties ?? {}).flatMap(([key, member]) => [
    rowOf(`${at}.${key}`, member, required.has(key)),
    ...(isSection(member) ? rowsOf(`${at}.${key}`, member) : []),
  ]);
}

function rowOf(key: string, schema: Schema, required: boolean): Row {
  return {
    key: `\`${key}\``,
    value: valueOf(schema),
    usual: required ? "required" : schema.default === undefined ? "" : `\`${JSON.stringify(schema.default)}\``,
    description: schema.description ?? withoutNull(schema).description ?? "",
  };
}

function valueOf(schema: Schema): string {
  const inner = withoutNull(schema);
  const orNull = inner === schema ? "" : " or null";
  if (inner.enum !== undefined) return inner.enum.map((value) => `\`${String(value)}\``).join(", ") + orNull;
  if (inner.type === "array") return `list${inner.items?.properties === undefined ? ` of ${valueOf(inner.items ?? {})}` : ""}${inner.minItems === undefined ? "" : `, at least ${inner.minItems}`}`;
  if (inner.type === "object") return `object${orNull}`;
  if (inner.format === "uri") return `URL${orNull}`;
  if (inner.pattern !== undefined) return `text like \`${inner.pattern.replaceAll("|", "\\|")}\`${orNull}`;
  if (inner.type === "string") return `text${inner.maxLength === undefined ? "" : ` of ${inner.minLength ?? 0} to ${inner.maxLength} characters`}${orNull}`;
  return `${inner.type === "integer" ? "integer" : "number"}${rangeOf(inner)}${orNull}`;
}

function rangeOf({ minimum, maximum }: Schema): string {
  const bounded = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER;
  if (bounded) return ` ${minimum ?? 0} to ${maximum}`;
  return minimum === undefined ? "" : ` from ${minimum}`;
}

function withoutNull(schema: Schema): Schema {
  return schema.anyOf?.find(({ type }) => type !== "null") ?? schema;
}

function tableOf(rows: readonly Row[]): string {
  return ["| key | value | default | meaning |", "|---|---|---|---|", ...rows.map(({ key, value, usual, description }) => `| ${key} | ${value} | ${usual} | ${description} |`), ""].join("\n");
}

function assuranceSection(): string {
  const { version, statusFresh, statusHard, statusNow, signatureFresh, coolingOff, ial, aal } = defaultPolicy;
  const levels = (name: string, table: Readonly<Record<string, number>>): string[] =>
    Object.entries(table).map(([key, level]) => `| \`assurance.${name}.${key}\` | 1 to ${level} | \`${level}\` | The highest ${name.toUpperCase()} that this may give. |`);
  return [
    "## assurance\n",
    "Tightens the policy by which levels are computed ([assurance.md](assurance.md)). A value looser than the default stops the start.\n",
    "| key | value | default | meaning |",
    "|---|---|---|---|",
    `| \`assurance.version\` | text of 1 to 64 characters | \`"${version}"\` | Named in every token. A policy that differs from the built-in one needs a version of its own, and a version is never used for two policies. |`,
    `| \`assurance.statusFresh\` | integer 0 to ${statusFresh} | \`${statusFresh}\` | Seconds; a status older than this no longer carries IAL 3. |`,
    `| \`assurance.statusHard\` | integer 0 to ${statusHard} | \`${statusHard}\` | Seconds; a status older than this no longer carries IAL 2. |`,
    `| \`assurance.statusNow\` | integer 0 to ${statusNow} | \`${statusNow}\` | Seconds; how recently a status must have been asked for to count as checked now. |`,
    `| \`assurance.signatureFresh\` | integer 0 to ${signatureFresh} | \`${signatureFresh}\` | Seconds a live JPKI signature counts in its session. |`,
    `| \`assurance.coolingOff\` | integer ${coolingOff} to ${longestCoolingOff} | \`${coolingOff}\` | Seconds after a recovery in which AAL ends at 2. |`,
    ...levels("ial", ial),
    ...levels("aal", aal),
    "",
  ].join("\n");
}

function policiesSection(): string {
  return [
    "## Built-in certificate policies\n",
    "Taken when `policies.user_authentication` is not given. Those of smartphones come from secondary sources and are not verified: name the real ones before you rely on them.\n",
    "| policy | medium |",
    "|---|---|",
    ...productionPolicies.userAuthentication.map(({ oid, medium }) => `| \`${oid}\` | ${medium} |`),
    "",
  ].join("\n");
}

if (import.meta.main) writeFileSync(path.join(import.meta.dirname, "configuration.md"), configurationPage());
