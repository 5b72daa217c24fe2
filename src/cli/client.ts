import type { Command } from "commander";
import { systemClock } from "../clock.ts";
import { Refusal } from "../errors.ts";
import { asIdentifier, type ClientId } from "../identifiers.ts";
import { findRelyingParty, listRelyingParties, type RelyingParty, removeRelyingParty } from "../relying-parties/index.ts";
import type { Storage } from "../storage/index.ts";
import { addClient, connections, printConfigurations } from "./client-add.ts";
import { doctor, type DoctorOptions } from "./client-doctor.ts";
import { type AddOptions, addOptions, softwareOf } from "./client-options.ts";
import { askForRegistration, onTerminal } from "./client-questions.ts";
import { rotationCommands } from "./client-rotate.ts";
import { tokenCommands } from "./client-token.ts";
import { print, printJson, table } from "./terminal.ts";
import { type AdministrationOptions, withStorage } from "./with-storage.ts";

interface ConnectOptions extends AdministrationOptions {
  readonly for: readonly string[];
  readonly keyFile: string;
}

/** `client …`: relying parties. */
export function clientCommands(client: Command): void {
  const command = (name: string, description: string): Command =>
    client.command(name).description(description).option("--config <file>", "configuration file; the sandbox's when not given").option("--json", "print JSON");

  addOptions(command("add [client-id]", "register a relying party and print what it needs to connect; on a terminal it asks for what is not said"))
    .action(async (clientId: string | undefined, options: AddOptions, add: Command) => {
      const registration = await complete(clientId, options, add);
      await withStorage(options, (storage, configuration) => addClient(storage, configuration, registration.clientId, registration.options));
    });

  command("connect <client-id>", "print ready configuration for a registration")
    .requiredOption("--for <software...>", "openid-client, apache, authjs, spring, or all")
    .option("--key-file <file>", "the file of its private key, as it is to be named", "client-key.json")
    .action((clientId: string, options: ConnectOptions) => withStorage(options, async (storage, { issuer }) => {
      const written = connections(issuer, (await known(storage, clientId)).metadata, options.keyFile, softwareOf(options), options.for.includes("all"));
      if (options.json === true) printJson(written);
      else printConfigurations(written);
    }));

  command("list", "every relying party").action((options: AdministrationOptions) =>
    withStorage(options, async (storage) => {
      const all = await listRelyingParties(storage);
      if (options.json === true) return printJson(all.map(({ metadata }) => metadata));
      print(table(["CLIENT ID", "NAME", "AUTHENTICATES BY", "REDIRECTS TO"], all.map(({ clientId, metadata }) => [clientId, metadata.client_name, metadata.token_endpoint_auth_method, metadata.redirect_uris.join(" ")])));
    }),
  );

  command("show <client-id>", "one registration, without its secret").action((clientId: string, options: AdministrationOptions) =>
    withStorage(options, async (storage) => {
      const { client_secret: _secret, ...metadata } = (await known(storage, clientId)).metadata;
      printJson(metadata);
    }),
  );

  command("doctor <client-id>", "check a registration, push a trial request, and say how to mend what is wrong")
    .option("--key-file <file>", "the client's private key (JWK), to push the trial request with")
    .action((clientId: string, options: DoctorOptions) => withStorage(options, async (storage, configuration) => doctor(configuration, await known(storage, clientId), options)));

  rotationCommands(command);
  tokenCommands(command);

  command("remove <client-id>", "end a registration").action((clientId: string, options: AdministrationOptions) =>
    withStorage(options, async (storage) => {
      await removeRelyingParty(storage, asIdentifier<ClientId>(clientId), systemClock());
      if (options.json === true) printJson({ removed: clientId });
      else print(`${clientId} was removed`);
    }),
  );
}

/** What the command line left out is asked for on a terminal, and refused elsewhere. */
async function complete(clientId: string | undefined, options: AddOptions, add: Command): Promise<{ clientId: string; options: AddOptions }> {
  if (clientId !== undefined && options.name !== undefined && options.redirectUri !== undefined) return { clientId, options };
  if (process.stdin.isTTY && process.stderr.isTTY) return onTerminal((ask) => askForRegistration(clientId, options, ask));
  const missing = clientId === undefined ? "argument 'client-id'" : options.name === undefined ? "option '--name <name>'" : "option '--redirect-uri <uri...>'";
  return add.error(`error: required ${missing} not specified`);
}

async function known(storage: Storage, clientId: string): Promise<RelyingParty> {
  const found = await findRelyingParty(storage, asIdentifier<ClientId>(clientId));
  if (found === null) throw new Refusal("not_found", `no relying party ${clientId}`);
  return found;
}
