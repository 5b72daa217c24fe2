import { readFileSync } from "node:fs";
import path from "node:path";
import { parse as parseYaml } from "yaml";
import { z } from "zod";
import { fromBase64Url } from "./bytes.ts";
import { isSandboxAuthority } from "./jpki/sandbox-marker.ts";
import { tightenPolicy, defaultPolicy, type AssurancePolicy } from "./assurance/policy.ts";

/**
 * The one place that reads the environment and the configuration file. An unknown key, a missing
 * trust anchor or an insecure value stops the start with a sentence that says what to do.
 */

const httpsUrl = z.url({ protocol: /^https?$/ });
const seconds = z.int().min(0);
const policyList = z.array(z.strictObject({
  oid: z.string().regex(/^[0-9]+(\.[0-9]+)+$/).describe("Object identifier of the policy, dotted."),
  medium: z.enum(["card", "smartphone"]).describe("What holds the key of certificates under it."),
}));

/** The schema of the configuration file. docs/configuration.md is made from it. */
export const configurationSchema = z.strictObject({
  issuer: httpsUrl.describe("Issuer identifier: the public address of the bridge, without a trailing slash."),
  name: z.string().min(1).max(60).default("JPKI Bridge").describe("Name people see, also as the WebAuthn relying party."),
  listen: z.strictObject({
    host: z.string().default("127.0.0.1").describe("Address to listen on."),
    port: z.int().min(0).max(65535).default(3000).describe("Port to listen on; 0 takes a free one."),
    trusted_proxies: z.int().min(0).max(10).default(0).describe("How many proxies stand in front; their X-Forwarded-For entries are believed."),
  }).prefault({}),
  database: z.strictObject({
    file: z.string().describe("SQLite file; created when missing."),
  }),
  sealing: z.strictObject({
    keys: z.array(z.strictObject({
      id: z.string().regex(/^[\x21-\x7e]{1,32}$/).describe("Id that sealed values carry."),
      file: z.string().describe("File with 32 octets in base64url, readable by this process only."),
    })).min(1).describe("Keys that seal personal data at rest, the current one first; earlier ones only open."),
    digest_key_file: z.string().describe("File with 32 octets in base64url that key the look-up digests. Never rotates."),
  }),
  trust: z.strictObject({
    user_authentication: z.array(z.string()).min(1).describe("Certificates (PEM or DER files) of the certification authorities for user authentication, all generations in use."),
    signature: z.array(z.string()).default([]).describe("The same for signature; never accepted at sign-in."),
  }).describe("Pinned trust anchors. None ships with the product."),
  policies: z.strictObject({
    user_authentication: policyList.optional().describe("Accepted certificate policies with their medium; replaces the built-in list."),
  }).prefault({}),
  status: z.strictObject({
    responders: z.array(z.strictObject({
      url: httpsUrl.describe("OCSP responder. The list is the allow-list: no address is ever taken from a certificate."),
      nonce: z.enum(["required", "optional", "none"]).default("required").describe("What is asked of its nonce."),
      maximum_age: seconds.nullable().default(null).describe("Oldest thisUpdate taken, in seconds; null leaves it to nextUpdate."),
    })).default([]).describe("Asked in this order."),
    crls: z.array(z.strictObject({
      url: httpsUrl.optional().describe("Where the CRL is published."),
      file: z.string().optional().describe("Or a file that the operator keeps up to date."),
      issuer: z.string().describe("Certificate file of the authority that signs it; one of the trust anchors."),
      refresh: seconds.default(3600).describe("Seconds after which a newer one is looked for."),
    })).default([]).describe("Certificate revocation lists, asked when no responder answers."),
    good_cache: seconds.max(300).default(300).describe("Seconds a good answer is used again; never past its nextUpdate."),
    deadline: z.number().min(0.1).max(30).default(5).describe("Seconds for all sources together."),
    refresh: seconds.default(300).describe("Seconds after which the status is asked for again when a person signs in."),
  }).describe("Where the status of certificates comes from. At least one responder or CRL."),
  continuity: z.strictObject({
    url: httpsUrl.describe("Service of the platform operator that names the certificate a new one replaces."),
  }).nullable().default(null),
  enrolment: z.strictObject({
    app_link: httpsUrl.describe("Verified https app link that opens the app."),
    app_origins: z.array(z.url()).default([]).describe("Web origins whose pages may call the enrolment interface (apps need none)."),
    maximum_open: z.int().min(1).default(10_000).describe("Transactions open at once; more are refused."),
  }),
  passkeys: z.strictObject({
    rp_id: z.string().optional().describe("WebAuthn relying party id; the issuer's host when not given."),
    origins: z.array(z.string()).default([]).describe("Further origins whose ceremonies count, such as the app's."),
  }).prefault({}),
  assurance: z.record(z.string(), z.unknown()).default({}).describe("Tightens the assurance policy; nothing can be loosened."),
  resources: z.array(z.strictObject({
    identifier: z.url().describe("Resource indicator (RFC 8707): audience of its JWT access tokens."),
    name: z.string().min(1).describe("Name people see when they are asked for consent."),
    scopes: z.array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/)).min(1).describe("Scopes that may be asked for there."),
  })).default([]).describe("Protected resources that relying parties may ask access tokens for."),
  outgoing: z.strictObject({
    private_hosts: z.array(z.string()).default([]).describe("Host names of relying parties that may be called (JWKS, back-channel logout) although they resolve to private addresses."),
  }).prefault({}),
  limits: z.strictObject({
    requests_per_minute: z.int().min(1).default(600).describe("Requests of one address."),
    sensitive_per_minute: z.int().min(1).default(60).describe("Requests of one address that start or prove something."),
    total_per_second: z.int().min(1).default(2000).describe("Requests of all addresses together."),
  }).prefault({}),
  log: z.enum(["debug", "info", "warn", "error", "silent"]).default("info").describe("Least severe level that is logged."),
});

export type ConfigurationFile = z.input<typeof configurationSchema>;
type Parsed = z.output<typeof configurationSchema>;

/** A configuration that was checked, with every file read. */
export interface Configuration extends Omit<Parsed, "sealing" | "trust" | "assurance"> {
  readonly mode: "production" | "sandbox";
  readonly sealing: { readonly keys: readonly { readonly id: string; readonly key: Uint8Array }[]; readonly digestKey: Uint8Array };
  readonly anchors: { readonly userAuthentication: readonly Uint8Array[]; readonly signature: readonly Uint8Array[] };
  readonly assurance: AssurancePolicy;
  /** Reads a certificate file named in the configuration. */
  readonly readCertificate: (file: string) => Uint8Array;
}

/** What is wrong with a configuration, one sentence a problem. */
export class ConfigurationError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`the configuration cannot be used:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`);
    this.name = "ConfigurationError";
    this.problems = problems;
  }
}

/** Reads a YAML or JSON configuration file for production. @throws ConfigurationError */
export function loadConfiguration(file: string): Configuration {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    throw new ConfigurationError([`${file} cannot be read`]);
  }
  return checkConfiguration(parseYaml(text), path.dirname(path.resolve(file)), "production");
}

/**
 * Checks a configuration and reads the files it names, relative to `directory`.
 * @throws ConfigurationError with every problem found.
 */
export function checkConfiguration(input: unknown, directory: string, mode: Configuration["mode"]): Configuration {
  const result = configurationSchema.safeParse(input);
  if (!result.success) throw new ConfigurationError(result.error.issues.map(({ path: at, message }) => `${at.join(".") || "file"}: ${message}`));
  const parsed = result.data;
  const problems: string[] = [];
  const resolve = (file: string): string => path.resolve(directory, file);
  const read = <Value>(file: string, use: (bytes: Buffer) => Value | null, expected: string): Value | null => {
    try {
      const value = use(readFileSync(resolve(file)));
      if (value === null) problems.push(`${file}: is not ${expected}`);
      return value;
    } catch {
      problems.push(`${file}: cannot be read`);
      return null;
    }
  };
  const readAll = (files: readonly string[]): Uint8Array[] => files.map((file) => read(file, certificateIn, "a certificate in PEM or DER")).filter((der) => der !== null);

  const keys = parsed.sealing.keys.map(({ id, file }) => ({ id, key: read(file, keyIn, "32 octets in base64url") ?? new Uint8Array(32) }));
  const digestKey = read(parsed.sealing.digest_key_file, keyIn, "32 octets in base64url") ?? new Uint8Array(32);
  const anchors = { userAuthentication: readAll(parsed.trust.user_authentication), signature: readAll(parsed.trust.signature) };
  for (const { issuer } of parsed.status.crls) read(issuer, certificateIn, "a certificate in PEM or DER");
  const assurance = tightenPolicy(defaultPolicy, parsed.assurance);
  if (!assurance.valid) problems.push(`assurance: ${assurance.at}`);
  problems.push(...contradictions(parsed));
  if (mode === "production") problems.push(...unfitForProduction(parsed, [...anchors.userAuthentication, ...anchors.signature]));
  if (problems.length > 0 || !assurance.valid) throw new ConfigurationError(problems);

  const { sealing: _sealing, trust: _trust, ...rest } = parsed;
  return {
    ...rest,
    mode,
    database: { file: resolve(parsed.database.file) },
    status: { ...parsed.status, crls: parsed.status.crls.map((crl) => (crl.file === undefined ? crl : { ...crl, file: resolve(crl.file) })) },
    sealing: { keys, digestKey },
    anchors,
    assurance: assurance.value,
    readCertificate: (file) => certificateIn(readFileSync(resolve(file))) ?? new Uint8Array(),
  };
}

function contradictions(parsed: Parsed): string[] {
  const problems: string[] = [];
  if (parsed.issuer.endsWith("/") || /[?#]/.test(parsed.issuer)) problems.push("issuer: must have no trailing slash, query or fragment");
  if (parsed.status.responders.length + parsed.status.crls.length === 0) problems.push("status: name at least one responder or CRL; revocation unknown is never good");
  for (const [index, crl] of parsed.status.crls.entries()) {
    if ((crl.url === undefined) === (crl.file === undefined)) problems.push(`status.crls.${index}: name either url or file`);
  }
  return problems;
}

const testPolicies = "1.2.392.200149.8.5.1.0.";

function unfitForProduction(parsed: Parsed, anchors: readonly Uint8Array[]): string[] {
  const problems: string[] = [];
  if (!parsed.issuer.startsWith("https://")) problems.push("issuer: must be https in production");
  if (!parsed.enrolment.app_link.startsWith("https://")) problems.push("enrolment.app_link: must be https in production");
  if (anchors.some(isSandboxAuthority)) problems.push("trust: names a certification authority of the sandbox; take the certificates that J-LIS publishes");
  if (parsed.policies.user_authentication?.some(({ oid }) => oid.startsWith(testPolicies)) === true) {
    problems.push("policies: names a policy of the test environment, which is refused with production anchors");
  }
  return problems;
}

function certificateIn(bytes: Buffer): Uint8Array<ArrayBuffer> | null {
  const text = bytes.toString("latin1");
  const pem = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/.exec(text);
  const der = pem?.[1] === undefined ? bytes : Buffer.from(pem[1], "base64");
  return der[0] === 0x30 && der.length > 100 ? Uint8Array.from(der) : null;
}

function keyIn(bytes: Buffer): Uint8Array<ArrayBuffer> | null {
  const key = fromBase64Url(bytes.toString("utf8").trim());
  return key?.length === 32 ? key : null;
}

/** The sandbox's settings, from the environment (npm start). @throws ConfigurationError */
export function sandboxEnvironment(environment: NodeJS.ProcessEnv): { directory: string; ports: { bridge: number; demoService: number; jlis: number } } {
  const problems: string[] = [];
  const port = (name: string, usual: number): number => {
    const text = environment[name];
    if (text === undefined || text === "") return usual;
    const value = Number(text);
    if (!Number.isInteger(value) || value < 0 || value > 65_535) problems.push(`${name}: must be a port number`);
    return value;
  };
  const ports = { bridge: port("PORT", 3000), demoService: port("DEMO_RP_PORT", 3100), jlis: port("JLIS_PORT", 3200) };
  if (problems.length > 0) throw new ConfigurationError(problems);
  return { directory: path.resolve(environment["JPKI_BRIDGE_DATA"] ?? "data"), ports };
}

/** The configuration file of the administration commands: `--config`, `JPKI_BRIDGE_CONFIG`, or the sandbox's own. */
export function administeredConfiguration(file: string | undefined, environment: NodeJS.ProcessEnv): Configuration {
  const named = file ?? environment["JPKI_BRIDGE_CONFIG"];
  if (named !== undefined) return loadConfiguration(named);
  const sandboxFile = path.join(sandboxEnvironment(environment).directory, sandboxConfigurationFile);
  let text: string;
  try {
    text = readFileSync(sandboxFile, "utf8");
  } catch {
    throw new ConfigurationError(["name a configuration file with --config, or start the sandbox first (npm start)"]);
  }
  return checkConfiguration(JSON.parse(text), path.dirname(sandboxFile), "sandbox");
}

/** Where a sandbox leaves the configuration it runs with. */
export const sandboxConfigurationFile = "sandbox.json";
