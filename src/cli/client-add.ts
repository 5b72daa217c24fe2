import { systemClock } from "../clock.ts";
import type { Configuration } from "../config.ts";
import { orThrow } from "../errors.ts";
import { addRelyingParty, type Connection, makeClientKey, metadataOf, readyConfiguration, type RelyingPartyMetadata, type Software } from "../relying-parties/index.ts";
import type { Storage } from "../storage/index.ts";
import { keepingKey, readJsonFile } from "./client-key.ts";
import { type AddOptions, requestOf, softwareOf } from "./client-options.ts";
import { coloured, print, printJson, UsageError } from "./terminal.ts";

/** Registers a relying party and prints what it needs to connect; makes a key for it where it needs one and brings none. */
export async function addClient(storage: Storage, configuration: Configuration, clientId: string, options: AddOptions): Promise<void> {
  const request = requestOf(clientId, options);
  const software = softwareOf(options);
  const { authentication, clientAlgorithm = "ES256", messageSigning } = request;
  const hasAttester = configuration.client_attesters.some(({ clients }) => clients.includes(clientId));
  if (authentication === "attest_jwt_client_auth" && !hasAttester) throw new UsageError("--auth: name an attester of this client under client_attesters first");
  for (const [identifier, scopes] of Object.entries(request.clientCredentials ?? {})) {
    const known = configuration.resources.find((resource) => resource.identifier === identifier)?.scopes ?? [];
    if (known.length === 0 || !scopes.every((scope) => known.includes(scope))) throw new UsageError(`--client-credentials: name ${identifier} and these scopes of it under resources first`);
  }
  const needsKey = authentication === "private_key_jwt" || (messageSigning === true && authentication !== "self_signed_tls_client_auth");
  const made = needsKey && options.jwks === undefined && options.jwksUri === undefined ? await makeClientKey(clientAlgorithm) : null;
  const jwks = made === null ? (options.jwks === undefined ? undefined : readJsonFile("--jwks", options.jwks)) : { keys: [made.publicKey] };
  const metadata = orThrow(metadataOf({ ...request, ...(jwks !== undefined && { jwks: jwks as { keys: object[] } }) }));
  // Before anything is registered: what the software cannot do would have to be undone.
  const configurations = connections(configuration.issuer, metadata, options.keyFile, software, (options.for ?? []).includes("all"));
  const { secret } = await keepingKey(options.keyFile, made, () => addRelyingParty(storage, metadata, systemClock()));
  if (options.json === true) {
    return printJson({
      issuer: configuration.issuer, ...metadata,
      ...(secret !== null && { client_secret: secret }),
      ...(made !== null && { key_file: options.keyFile }),
      ...(software.length > 0 && { configurations }),
    });
  }
  print(`${coloured("green", "registered")} ${clientId}`);
  print(`  issuer         ${configuration.issuer}`);
  print(`  client_id      ${clientId}`);
  if (secret !== null) print(`  client_secret  ${secret}   (shown this once)`);
  if (made !== null) print(`  private key    ${options.keyFile}   (for ${authentication}; keep it secret)`);
  printConfigurations(configurations);
  print(`  check it: npx jpki-bridge client doctor ${clientId}${made === null ? "" : ` --key-file ${options.keyFile}`}`);
}

/** Ready configuration by the software's name. Of all software, that which cannot serve this registration is left out; of one that was named, it is refused. */
export function connections(issuer: string, metadata: RelyingPartyMetadata, keyFile: string, software: readonly Software[], isAll: boolean): Readonly<Record<string, string>> {
  const connection: Connection = { issuer, metadata, keyFile };
  const written = software.map((name) => [name, readyConfiguration(name, connection)] as const);
  return Object.fromEntries(written.flatMap(([name, verdict]) => (isAll && !verdict.valid ? [] : [[name, orThrow(verdict)]])));
}

export function printConfigurations(configurations: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(configurations)) print(`\n${coloured("bold", `configuration for ${name}`)}\n\n${text}`);
}
