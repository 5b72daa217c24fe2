import { readFileSync } from "node:fs";
import path from "node:path";
import { parse as parseYaml } from "yaml";
import { tightenPolicy, defaultPolicy, type AssurancePolicy } from "./assurance/policy.ts";
import { ConfigurationError } from "./config-error.ts";
import { type DatabasePlace, databasePlace } from "./config-database.ts";
import { certificateIn, keyIn } from "./config-files.ts";
import { changedByAll, contradictions, isChangedByAll, unfitForProduction } from "./config-rules.ts";
import { type CompleteConfiguration, configurationSchema } from "./config-schema.ts";

/**
 * The one place that reads the environment and the configuration file. An unknown key, a missing
 * trust anchor or an insecure value stops the start with a sentence that says what to do.
 */

export { ConfigurationError } from "./config-error.ts";
export { isPostgresqlUrl, postgresqlUrlForm } from "./config-database.ts";
export { type ConfigurationFile, configurationSchema } from "./config-schema.ts";

/** A configuration that was checked, with every file read. */
export interface Configuration extends Omit<CompleteConfiguration, "sealing" | "keys" | "trust" | "assurance" | "database">, DatabasePlace {
  readonly mode: "production" | "sandbox";
  readonly sealing: { readonly keys: readonly { readonly id: string; readonly key: Uint8Array }[]; readonly digestKey: Uint8Array; readonly laterDigestKeys: { readonly after: readonly Uint8Array[]; readonly next: Uint8Array | null } };
  readonly keys: Omit<CompleteConfiguration["keys"], "pkcs11"> & { readonly pkcs11: (Omit<NonNullable<CompleteConfiguration["keys"]["pkcs11"]>, "pin_file"> & { readonly pin: string }) | null };
  readonly anchors: { readonly userAuthentication: readonly Uint8Array[]; readonly signature: readonly Uint8Array[]; readonly metadata: readonly Uint8Array[]; readonly clients: readonly Uint8Array[] };
  readonly assurance: AssurancePolicy;
  /** Reads a certificate file named in the configuration. */
  readonly readCertificate: (file: string) => Uint8Array;
}

/** Reads a YAML or JSON configuration file for production. @throws ConfigurationError */
export function loadConfiguration(file: string, environment: NodeJS.ProcessEnv = process.env): Configuration {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    throw new ConfigurationError([`${file} cannot be read`]);
  }
  if (isChangedByAll(file)) throw new ConfigurationError([changedByAll(file)]);
  let input: unknown;
  try {
    input = parseYaml(text);
  } catch (error) {
    throw new ConfigurationError([`${file} is neither YAML nor JSON: ${firstLine(error)}`]);
  }
  return checkConfiguration(input, path.dirname(path.resolve(file)), "production", environment);
}

/**
 * Checks a configuration and reads the files it names, relative to `directory`.
 * @param environment - where `DATABASE_URL` may decide over the configuration.
 * @throws ConfigurationError with every problem found.
 */
export function checkConfiguration(input: unknown, directory: string, mode: Configuration["mode"], environment: NodeJS.ProcessEnv = {}): Configuration {
  const result = configurationSchema.safeParse(input, { error: (issue) => (issue.input === undefined ? "is missing" : undefined) });
  if (!result.success) throw new ConfigurationError(result.error.issues.map(({ path: at, message }) => `${at.join(".") || "file"}: ${message}`));
  const parsed = result.data;
  const problems: string[] = [];
  const resolve = (file: string): string => path.resolve(directory, file);
  const read = (file: string, use: (bytes: Buffer) => Uint8Array | null, expected: string): Uint8Array | null => {
    try {
      const value = use(readFileSync(resolve(file)));
      if (value === null) problems.push(`${file}: is not ${expected}`);
      return value;
    } catch {
      problems.push(`${file}: cannot be read`);
      return null;
    }
  };
  const certificate = (file: string): Uint8Array | null => read(file, certificateIn, "one certificate in PEM or DER");
  const key = (file: string): Uint8Array => read(file, keyIn, "32 octets in base64url") ?? new Uint8Array(32);

  const keys = parsed.sealing.keys.map(({ id, file }) => ({ id, key: key(file) }));
  const { digest_key_file, digest_keys_after, digest_key_next } = parsed.sealing;
  const digestKey = key(digest_key_file);
  const laterDigestKeys = { after: digest_keys_after.map(key), next: digest_key_next === undefined ? null : key(digest_key_next) };
  const pkcs11 = tokenSettings(parsed, resolve, problems);
  const anchors = {
    userAuthentication: parsed.trust.user_authentication.map(certificate).filter((der) => der !== null),
    signature: parsed.trust.signature.map(certificate).filter((der) => der !== null),
    metadata: parsed.passkeys.metadata?.anchors.map(certificate).filter((der) => der !== null) ?? [],
    clients: parsed.mutual_tls?.authorities.map(certificate).filter((der) => der !== null) ?? [],
  };
  const crlIssuers = parsed.status.crls.map(({ issuer }) => certificate(issuer));
  const allAnchorsRead = anchors.userAuthentication.length + anchors.signature.length === parsed.trust.user_authentication.length + parsed.trust.signature.length;
  const assurance = tightenPolicy(defaultPolicy, operatorPolicy(parsed, resolve, problems));
  if (!assurance.valid) problems.push(`assurance: ${assurance.at}`);
  problems.push(...contradictions(parsed, anchors, allAnchorsRead ? crlIssuers : []));
  if (mode === "production") problems.push(...unfitForProduction(parsed, anchors, resolve));
  const place = databasePlace(parsed.database, environment, resolve, problems);
  if (problems.length > 0 || !assurance.valid) throw new ConfigurationError(problems);

  const { sealing: _sealing, trust: _trust, ...rest } = parsed;
  const { metadata } = parsed.passkeys;
  return {
    ...rest,
    mode,
    ...place,
    status: { ...parsed.status, crls: parsed.status.crls.map((crl) => (crl.file === undefined ? crl : { ...crl, file: resolve(crl.file) })) },
    passkeys: { ...parsed.passkeys, metadata: metadata?.file === undefined ? metadata : { ...metadata, file: resolve(metadata.file) } },
    sealing: { keys, digestKey, laterDigestKeys },
    keys: { ...parsed.keys, pkcs11 },
    anchors,
    assurance: assurance.value,
    readCertificate: (file) => certificateIn(readFileSync(resolve(file))) ?? new Uint8Array(),
  };
}

/** Where the token with the signing keys is, with its PIN read. A module without a slash is looked for where the system keeps libraries. */
function tokenSettings({ keys: { pkcs11 } }: CompleteConfiguration, resolve: (file: string) => string, problems: string[]): Configuration["keys"]["pkcs11"] {
  if (pkcs11 === null) return null;
  const { pin_file, ...token } = pkcs11;
  const module = token.module.includes("/") ? resolve(token.module) : token.module;
  try {
    return { ...token, module, pin: readFileSync(resolve(pin_file), "utf8").trim() };
  } catch {
    problems.push(`${pin_file}: cannot be read`);
    return null;
  }
}

/** The operator's assurance policy, from the configuration or the file it names. */
function operatorPolicy({ assurance, assurance_file }: CompleteConfiguration, resolve: (file: string) => string, problems: string[]): unknown {
  if (assurance_file === undefined) return assurance;
  if (Object.keys(assurance).length > 0) problems.push("assurance_file: give the policy either in this file or under assurance");
  try {
    return parseYaml(readFileSync(resolve(assurance_file), "utf8"));
  } catch {
    problems.push(`${assurance_file}: cannot be read, or is neither YAML nor JSON`);
    return {};
  }
}

/** The sandbox's settings, from the environment (npm start). @throws ConfigurationError */
export function sandboxEnvironment(environment: NodeJS.ProcessEnv): { directory: string; databaseUrl: string | null; ports: { bridge: number; demoService: number; jlis: number } } {
  const problems: string[] = [];
  const port = (name: string, usual: number): number => {
    const text = environment[name];
    if (text === undefined || text === "") return usual;
    const value = /^[0-9]{1,5}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value <= 65_535)) problems.push(`${name}: must be a port number, 0 to 65535`);
    return value;
  };
  const ports = { bridge: port("PORT", 3000), demoService: port("DEMO_RP_PORT", 3100), jlis: port("JLIS_PORT", 3200) };
  if (problems.length > 0) throw new ConfigurationError(problems);
  return { directory: path.resolve(environment["JPKI_BRIDGE_DATA"] || "data"), databaseUrl: environment["DATABASE_URL"] || null, ports };
}

/** The configuration file of the administration commands: `--config`, `JPKI_BRIDGE_CONFIG`, or the sandbox's own. */
export function administeredConfiguration(file: string | undefined, environment: NodeJS.ProcessEnv): Configuration {
  const named = file ?? environment["JPKI_BRIDGE_CONFIG"];
  if (named !== undefined && named !== "") return loadConfiguration(named, environment);
  const sandboxFile = path.join(sandboxEnvironment(environment).directory, sandboxConfigurationFile);
  let text: string;
  try {
    text = readFileSync(sandboxFile, "utf8");
  } catch {
    throw new ConfigurationError(["name a configuration file with --config, or start the sandbox first (npm start)"]);
  }
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch {
    throw new ConfigurationError([`${sandboxFile} is damaged: start the sandbox again (npm start), which writes it anew`]);
  }
  return checkConfiguration(input, path.dirname(sandboxFile), "sandbox", environment);
}

const firstLine = (error: unknown): string => (error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error));

/** Where a sandbox leaves the configuration it runs with. */
export const sandboxConfigurationFile = "sandbox.json";
