import type { Command } from "commander";
import { systemClock } from "../clock.ts";
import { Refusal } from "../errors.ts";
import { asIdentifier, type ClientId } from "../identifiers.ts";
import { diagnose, type Diagnosis, findRelyingParty, listRelyingParties, removeRelyingParty } from "../relying-parties/index.ts";
import type { Storage } from "../storage/index.ts";
import { addClient, type AddOptions } from "./client-add.ts";
import { coloured, exitCodes, print, printJson, table } from "./terminal.ts";
import { type AdministrationOptions, withStorage } from "./with-storage.ts";

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
    .option("--auth <method>", "private_key_jwt, client_secret_basic or attest_jwt_client_auth", "private_key_jwt")
    .option("--jwks <file>", "the relying party's public keys; made for it when neither this nor --jwks-uri is given")
    .option("--jwks-uri <uri>", "where it publishes them")
    .option("--key-file <file>", "where to write the private key that is made", "client-key.json")
    .option("--id-token-alg <alg>", "ES256 or RS256", "ES256")
    .option("--par", "refuse requests that are not pushed")
    .option("--dpop", "refuse tokens that are not bound by DPoP")
    .option("--minimum-ial <level>", "1, 2 or 3")
    .option("--minimum-aal <level>", "1, 2 or 3")
    .option("--maximum-status-age <seconds>", "how old a certificate's status may be")
    .action((clientId: string, options: AddOptions) => withStorage(options, (storage, configuration) => addClient(storage, configuration, clientId, options)));

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

  command("doctor <client-id>", "check a registration and say how to mend it").action((clientId: string, options: AdministrationOptions) =>
    withStorage(options, async (storage) => {
      const findings = await diagnose((await known(storage, clientId)).metadata, fetchJson);
      if (options.json === true) printJson(findings);
      else for (const finding of findings) print(line(finding));
      if (findings.some(({ outcome }) => outcome === "problem")) process.exitCode = exitCodes.problems;
    }),
  );

  command("remove <client-id>", "end a registration").action((clientId: string, options: AdministrationOptions) =>
    withStorage(options, async (storage) => {
      await removeRelyingParty(storage, asIdentifier<ClientId>(clientId), systemClock());
      if (options.json === true) printJson({ removed: clientId });
      else print(`${clientId} was removed`);
    }),
  );
}

async function known(storage: Storage, clientId: string): Promise<NonNullable<Awaited<ReturnType<typeof findRelyingParty>>>> {
  const found = await findRelyingParty(storage, asIdentifier<ClientId>(clientId));
  if (found === null) throw new Refusal("not_found", `no relying party ${clientId}`);
  return found;
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
