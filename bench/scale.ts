import { readFileSync } from "node:fs";
import path from "node:path";
import Database from "better-sqlite3";
import { toBase64Url } from "../src/bytes.ts";
import { checkConfiguration, sandboxConfigurationFile } from "../src/config.ts";
import { sqliteFile } from "../src/cli/with-storage.ts";
import { SoftwareAuthenticator } from "../test/passkeys/software-authenticator.ts";
import { compare, type Measurement } from "./measurement.ts";
import { type Place, preparePlace } from "./place.ts";
import { type ServerProcess, startServer } from "./server-process.ts";
import { enrol, parallel, passkeySignIn, redirectUri } from "./signin.ts";

const [few, many] = [1000, 1_000_000];
const turns = 5;
const signInsATurn = 160;

/** One bridge and all the people it knows; somebody else signs in each time. */
interface Crowd {
  readonly place: Place;
  readonly bridge: ServerProcess<unknown>;
  readonly somebody: () => SoftwareAuthenticator;
  readonly durations: number[];
  cpuMs: number;
}

/** What a sign-in costs a bridge that knows 1,000,000 people, beside one that knows 1,000: both run, and take turns. */
export async function benchScale(): Promise<Measurement[]> {
  const crowds = [await crowdOf(few), await crowdOf(many)] as const;
  for (let turn = 0; turn <= turns; turn += 1) {
    for (const crowd of crowds) await takeTurn(crowd, turn > 0);
  }
  const [small, large] = crowds.map(({ cpuMs, durations, bridge }) => ({ cpu: (cpuMs * 1000) / durations.length, p50: median(durations), memory: bridge.memory() }));
  for (const { bridge, place } of crowds) {
    await bridge.stop();
    await place.close();
  }
  if (small === undefined || large === undefined) throw new Error("no figures");
  const baseline = "at 1,000 people";
  return [
    compare("processor time of a sign-in at 1,000,000 people", large.cpu, "us", baseline, small.cpu),
    compare("sign-in p50 at 1,000,000 people", large.p50, "ms", baseline, small.p50),
    compare("resident memory at 1,000,000 people", large.memory, "MiB", baseline, small.memory),
  ];
}

async function crowdOf(count: number): Promise<Crowd> {
  const place = await preparePlace(redirectUri);
  const before = await startServer("servers/bridge.ts", place.directory);
  const authenticator = await enrol(place);
  await passkeySignIn(place, authenticator);
  await before.stop();
  multiply(sqliteFile(checkConfiguration(JSON.parse(readFileSync(path.join(place.directory, sandboxConfigurationFile), "utf8")), place.directory, "sandbox")), count);
  const [credential] = authenticator.credentials;
  if (credential === undefined) throw new Error("nobody enrolled");
  const somebody = (): SoftwareAuthenticator => {
    const index = 1 + Math.floor(Math.random() * (count - 1));
    const other = new SoftwareAuthenticator();
    other.credentials.push({ ...credential, id: octets(16, index), userHandle: toBase64Url(octets(32, index)) });
    return other;
  };
  return { place, bridge: await startServer("servers/bridge.ts", place.directory), somebody, durations: [], cpuMs: 0 };
}

/** Copies the one person who enrolled, with evidence (but for the certificate itself, which no sign-in reads), passkey (of the same key), consent and pseudonym. */
function multiply(file: string, count: number): void {
  const database = new Database(file);
  // Nothing is lost if this fails: it is made for one run.
  for (const pragma of ["journal_mode = OFF", "synchronous = OFF", "foreign_keys = OFF", "cache_size = -1000000"]) database.pragma(pragma);
  database.function("credential_of", (index: unknown) => toBase64Url(octets(16, Number(index))));
  database.function("handle_of", (index: unknown) => Buffer.from(octets(32, Number(index))));
  const copies = `WITH RECURSIVE "n"("i") AS (VALUES (1) UNION ALL SELECT "i" + 1 FROM "n" WHERE "i" < ${count - 1})`;
  const copied = (table: string, changed: Readonly<Record<string, string>>): void => {
    const columns = database.prepare(`SELECT "name" FROM pragma_table_info('${table}')`).pluck().all() as string[];
    const values = columns.map((column) => changed[column] ?? `"${table}"."${column}"`);
    database.prepare(`${copies} INSERT INTO "${table}" (${columns.map((column) => `"${column}"`).join(", ")}) SELECT ${values.join(", ")} FROM "${table}", "n"`).run();
  };
  const [person, evidence] = [`printf('person-%07d', "i")`, `printf('evidence-%07d', "i")`];
  // Built in one go afterwards: a tenth of the time.
  const indexes = database.prepare(`SELECT "name", "sql" FROM "sqlite_master" WHERE "type" = 'index' AND "sql" IS NOT NULL AND "tbl_name" IN ('person', 'evidence', 'passkey', 'consent', 'pairwise_subject')`).all() as { name: string; sql: string }[];
  database.transaction(() => {
    for (const { name } of indexes) database.exec(`DROP INDEX "${name}"`);
    copied("person", { id: person, user_handle: `handle_of("i")` });
    copied("evidence", { id: evidence, person_id: person, certificate_digest: "randomblob(32)", sealed_certificate: "zeroblob(64)" });
    copied("passkey", { id: `printf('passkey-%07d', "i")`, person_id: person, credential_id: `credential_of("i")`, bound_by_evidence_id: evidence });
    copied("consent", { person_id: person });
    copied("pairwise_subject", { person_id: person, subject: `'subject-' || "i"` });
    for (const { sql } of indexes) database.exec(sql);
  })();
  database.close();
}

/** Octets that tell one copy from another. */
function octets(length: number, index: number): Uint8Array<ArrayBuffer> {
  const made = new Uint8Array(length);
  new DataView(made.buffer).setUint32(0, Math.imul(index, 0x9e3779b1));
  return made;
}

async function takeTurn(crowd: Crowd, isMeasured: boolean): Promise<void> {
  const before = crowd.bridge.cpuMs();
  let left = signInsATurn;
  const durations: number[] = [];
  await Promise.all(Array.from({ length: parallel }, async () => {
    for (; left > 0; left -= 1) {
      const begun = performance.now();
      await passkeySignIn(crowd.place, crowd.somebody());
      durations.push(performance.now() - begun);
    }
  }));
  if (!isMeasured) return;
  crowd.durations.push(...durations);
  crowd.cpuMs += crowd.bridge.cpuMs() - before;
}

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
