import { readFileSync, writeFileSync } from "node:fs";
import type { Command } from "commander";
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from "jose";
import { systemClock } from "../clock.ts";
import { administeredConfiguration, type Configuration } from "../config.ts";
import { orThrow, Refusal } from "../errors.ts";
import { asIdentifier, type ClientId } from "../identifiers.ts";
import { addRelyingParty, diagnose, type Diagnosis, findRelyingParty, listRelyingParties, metadataOf, removeRelyingParty } from "../relying-parties/index.ts";
import type { Storage } from "../storage/index.ts";
import { openStorage } from "./bridge.ts";
import { coloured, complain, exitCodes, print, printJson, table } from "./terminal.ts";

interface Options {
  readonly config?: string;
  readonly json?: boolean;
}

interface AddOptions extends Options {
  readonly name: string;
  readonly redirectUri: string[];
  readonly postLogoutRedirectUri?: string[];
  readonly backchannelLogoutUri?: string;
  readonly auth: string;
  readonly jwks?: string;
  readonly jwksUri?: string;
  readonly keyFile?: string;
  readonly idTokenAlg: string;
  readonly par?: boolean;
  readonly dpop?: boolean;
  readonly minimumIal?: string;
  readonly minimumAal?: string;
  readonly maximumStatusAge?: string;
}

/** `client add / list / show / doctor / remove`: relying parties. */
export function clientCommands(program: Command): void {
  const client = program.command("client").description("relying parties: add, list, show, doctor, remove");
  const command = (name: string, description: string): Command =>
    client.command(name).description(description).option("--config <file>", "configuration file; the sandbox's when not given").option("--json", "print JSON");

  command("add <client-id>", "register a relying party and print what it needs to connect")
    .requiredOption("--name <name>", "the name people see")
    .requiredOption("--redirect-uri <uri...>", "where sign-ins end; https, or http on loopback")
    .option("--post-logout-redirect-uri <uri...>", "where sign-outs may end")
    .option("--backchannel-logout-uri <uri>", "hears when a session ends")
    .option("--auth <method>", "private_key_jwt or client_secret_basic", "private_key_jwt")
    .option("--jwks <file>", "the relying party's public keys; made for it when neither this nor --jwks-uri is given")
    .option("--jwks-uri <uri>", "where it publishes them")
    .option("--key-file <file>", "where to write the private key that is made", "client-key.json")
    .option("--id-token-alg <alg>", "ES256 or RS256", "ES256")
    .option("--par", "refuse requests that are not pushed")
    .option("--dpop", "refuse tokens that are not bound by DPoP")
    .option("--minimum-ial <level>", "1, 2 or 3")
    .option("--minimum-aal <level>", "1, 2 or 3")
    .option("--maximum-status-age <seconds>", "how old a certificate's status may be")
    .action((clientId: string, options: AddOptions) => withStorage(options, (storage, configuration) => add(storage, configuration, clientId, options)));

  command("list", "every relying party").action((options: Options) =>
    withStorage(options, async (storage) => {
      const all = await listRelyingParties(storage);
      if (options.json === true) return printJson(all.map(({ metadata }) => metadata));
      print(table(["CLIENT ID", "NAME", "AUTHENTICATES BY", "REDIRECTS TO"], all.map(({ clientId, metadata }) => [clientId, metadata.client_name, metadata.token_endpoint_auth_method, metadata.redirect_uris.join(" ")])));
    }),
  );

  command("show <client-id>", "one registration, without its secret").action((clientId: string, options: Options) =>
    withStorage(options, async (storage) => {
      const { client_secret: _secret, ...metadata } = (await known(storage, clientId)).metadata;
      printJson(metadata);
    }),
  );

  command("doctor <client-id>", "check a registration and say how to mend it").action((clientId: string, options: Options) =>
    withStorage(options, async (storage) => {
      const findings = await diagnose((await known(storage, clientId)).metadata, fetchJson);
      if (options.json === true) printJson(findings);
      else for (const finding of findings) print(line(finding));
      if (findings.some(({ outcome }) => outcome === "problem")) process.exitCode = exitCodes.problems;
    }),
  );

  command("remove <client-id>", "end a registration").action((clientId: string, options: Options) =>
    withStorage(options, async (storage) => {
      await removeRelyingParty(storage, asIdentifier<ClientId>(clientId), systemClock());
      if (options.json === true) printJson({ removed: clientId });
      else print(`${clientId} was removed`);
    }),
  );
}

async function withStorage(options: Options, work: (storage: Storage, configuration: Configuration) => Promise<void>): Promise<void> {
  const configuration = administeredConfiguration(options.config, process.env);
  const storage = openStorage(configuration);
  try {
    await work(storage, configuration);
  } finally {
    await storage.close();
  }
}

async function known(storage: Storage, clientId: string): Promise<NonNullable<Awaited<ReturnType<typeof findRelyingParty>>>> {
  const found = await findRelyingParty(storage, asIdentifier<ClientId>(clientId));
  if (found === null) throw new Refusal("not_found", `no relying party ${clientId}`);
  return found;
}

async function add(storage: Storage, configuration: Configuration, clientId: string, options: AddOptions): Promise<void> {
  const { auth, idTokenAlg } = options;
  if (auth !== "private_key_jwt" && auth !== "client_secret_basic") return complain("--auth: private_key_jwt or client_secret_basic", exitCodes.usage);
  if (idTokenAlg !== "ES256" && idTokenAlg !== "RS256") return complain("--id-token-alg: ES256 or RS256", exitCodes.usage);
  const makesKey = auth === "private_key_jwt" && options.jwks === undefined && options.jwksUri === undefined;
  const made = makesKey ? await makeKey() : null;
  const jwks = made?.jwks ?? (options.jwks === undefined ? undefined : (JSON.parse(readFileSync(options.jwks, "utf8")) as { keys: object[] }));
  const metadata = orThrow(
    metadataOf({
      clientId,
      name: options.name,
      redirectUris: options.redirectUri,
      authentication: auth,
      signingAlgorithm: idTokenAlg,
      requirePushedRequests: options.par === true,
      dpopBound: options.dpop === true,
      ...(options.postLogoutRedirectUri !== undefined && { postLogoutRedirectUris: options.postLogoutRedirectUri }),
      ...(options.backchannelLogoutUri !== undefined && { backchannelLogoutUri: options.backchannelLogoutUri }),
      ...(jwks !== undefined && { jwks }),
      ...(options.jwksUri !== undefined && { jwksUri: options.jwksUri }),
      ...(options.minimumIal !== undefined && { minimumIal: Number(options.minimumIal) }),
      ...(options.minimumAal !== undefined && { minimumAal: Number(options.minimumAal) }),
      ...(options.maximumStatusAge !== undefined && { maximumStatusAge: Number(options.maximumStatusAge) }),
    }),
  );
  // Written first: a registration whose key nobody has would be worth nothing.
  if (made !== null) writeFileSync(options.keyFile ?? "client-key.json", `${JSON.stringify(made.privateKey, null, 2)}\n`, { mode: 0o600, flag: "wx" });
  const { secret } = await addRelyingParty(storage, metadata, systemClock());
  const keyFile = made === null ? null : (options.keyFile ?? "client-key.json");
  if (options.json === true) return printJson({ issuer: configuration.issuer, ...metadata, ...(secret !== null && { client_secret: secret }), ...(keyFile !== null && { key_file: keyFile }) });
  print(`${coloured("green", "registered")} ${clientId}`);
  print(`  issuer         ${configuration.issuer}`);
  print(`  client_id      ${clientId}`);
  if (secret !== null) print(`  client_secret  ${secret}   (shown this once)`);
  if (keyFile !== null) print(`  private key    ${keyFile}   (for private_key_jwt; keep it secret)`);
  print("  how to connect with openid-client: see README.md, \"Connect a relying party\"");
}

async function makeKey(): Promise<{ jwks: { keys: object[] }; privateKey: object }> {
  const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
  const shared = { alg: "ES256", use: "sig", kid: await calculateJwkThumbprint(await exportJWK(publicKey)) };
  return { jwks: { keys: [{ ...(await exportJWK(publicKey)), ...shared }] }, privateKey: { ...(await exportJWK(privateKey)), ...shared } };
}

async function fetchJson(url: string): Promise<unknown> {
  const response = await fetch(url, { redirect: "error", signal: AbortSignal.timeout(5000) });
  if (!response.ok) throw new Error(`status ${response.status}`);
  return response.json();
}

const marks = { ok: ["green", "ok     "], warning: ["yellow", "warning"], problem: ["red", "problem"] } as const;

function line({ check, outcome, finding, remedy }: Diagnosis): string {
  const [colour, mark] = marks[outcome];
  return `${coloured(colour, mark)}  ${check}: ${finding}${remedy === "" ? "" : `\n         ${remedy}`}`;
}
