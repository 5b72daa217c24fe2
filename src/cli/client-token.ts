import type { Command } from "commander";
import { systemClock } from "../clock.ts";
import type { Configuration } from "../config.ts";
import { Refusal } from "../errors.ts";
import { issueInitialAccess, listInitialAccess, longestInitialAccess, type RegistrationPolicy, revokeInitialAccess } from "../relying-parties/index.ts";
import type { Storage } from "../storage/index.ts";
import { secondsOf } from "./client-options.ts";
import { print, printJson, table, UsageError } from "./terminal.ts";
import { type AdministrationOptions, withStorage } from "./with-storage.ts";

interface TokenOptions extends AdministrationOptions {
  readonly uses: string;
  readonly life: string;
  readonly host?: readonly string[];
  readonly profile?: string;
  readonly minimumIal?: string;
  readonly minimumAal?: string;
}

/** `client token`, `client tokens`, `client revoke-token`: by which relying parties register themselves. */
export function tokenCommands(command: (name: string, description: string) => Command): void {
  command("token", "issue an initial access token: whoever has it may register a relying party")
    .option("--uses <number>", "how many registrations it is good for", "1")
    .option("--life <time>", "how long it counts: 12h, 7d, at most 90d", "1d")
    .option("--host <host...>", "the only hosts that redirect URIs may have")
    .option("--profile <profile>", "fapi2: put every registration under it")
    .option("--minimum-ial <level>", "1, 2 or 3, for every registration")
    .option("--minimum-aal <level>", "1, 2 or 3, for every registration")
    .action((options: TokenOptions) => withStorage(options, (storage, configuration) => issue(storage, configuration, options)));

  command("tokens", "the initial access tokens that still count").action((options: AdministrationOptions) =>
    withStorage(options, async (storage) => {
      const all = await listInitialAccess(storage, systemClock());
      if (options.json === true) return printJson(all.map(({ id, usesLeft, expiresAt, policy }) => ({ id, uses_left: usesLeft, expires_at: expiresAt, policy })));
      print(table(["TOKEN", "USES LEFT", "COUNTS UNTIL", "HOSTS"], all.map(({ id, usesLeft, expiresAt, policy }) => [id, String(usesLeft), timeOf(expiresAt), policy.hosts?.join(" ") ?? "any"])));
    }),
  );

  command("revoke-token <id>", "end an initial access token").action((id: string, options: AdministrationOptions) =>
    withStorage(options, async (storage) => {
      await revokeInitialAccess(storage, id, systemClock());
      if (options.json === true) printJson({ revoked: id });
      else print(`${id} was revoked`);
    }),
  );
}

async function issue(storage: Storage, { issuer, registration }: Configuration, options: TokenOptions): Promise<void> {
  if (registration === null) throw new Refusal("operation_not_possible", "relying parties cannot register themselves here: set registration in the configuration first; the sandbox has none and cannot be given it, so name a configuration with --config");
  const { token, access } = await issueInitialAccess(storage, { uses: Number(options.uses), life: secondsOf("--life", options.life, longestInitialAccess), policy: policyOf(options) }, systemClock());
  if (options.json === true) return printJson({ id: access.id, initial_access_token: token, registration_endpoint: `${issuer}/register`, uses: access.usesLeft, expires_at: access.expiresAt });
  print(`initial access token  ${token}   (shown this once)`);
  print(`registration endpoint ${issuer}/register`);
  print(`good for ${access.usesLeft} registration${access.usesLeft === 1 ? "" : "s"} until ${timeOf(access.expiresAt)}`);
}

function policyOf({ host, profile, minimumIal, minimumAal }: TokenOptions): RegistrationPolicy {
  if (profile !== undefined && profile !== "fapi2") throw new UsageError("--profile: must be fapi2");
  return {
    ...(host !== undefined && { hosts: host }),
    ...(profile !== undefined && { profile }),
    ...(minimumIal !== undefined && { minimumIal: level("--minimum-ial", minimumIal) }),
    ...(minimumAal !== undefined && { minimumAal: level("--minimum-aal", minimumAal) }),
  };
}

function level(option: string, text: string): number {
  if (!/^[123]$/.test(text)) throw new UsageError(`${option}: must be 1, 2 or 3`);
  return Number(text);
}

const timeOf = (seconds: number): string => new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
