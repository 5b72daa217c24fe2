import type { Command } from "commander";
import type { JWK } from "jose";
import { systemClock } from "../clock.ts";
import { asIdentifier, type ClientId } from "../identifiers.ts";
import { type fapiAlgorithms, findRelyingParty, longestOverlap, makeClientKey, retireKeys, retireSecret, rotateKey, rotateSecret } from "../relying-parties/index.ts";
import type { Storage } from "../storage/index.ts";
import { keepingKey, readJsonFile } from "./client-key.ts";
import { secondsOf } from "./client-options.ts";
import { print, printJson } from "./terminal.ts";
import { type AdministrationOptions, withStorage } from "./with-storage.ts";

interface RotateOptions extends AdministrationOptions {
  readonly overlap: string;
  readonly retire?: boolean;
}

interface RotateKeyOptions extends RotateOptions {
  readonly keyFile: string;
  readonly jwk?: string;
}

/** `client rotate-secret` and `client rotate-key`: from one to the next without a failed sign-in. */
export function rotationCommands(command: (name: string, description: string) => Command): void {
  command("rotate-secret <client-id>", "make a new secret; the one before counts on for a while")
    .option("--overlap <time>", "how long the one before counts: 90s, 30m, 12h, 7d", "7d")
    .option("--retire", "make none: end the one before now")
    .action((clientId: string, options: RotateOptions) => withStorage(options, (storage) => rotateSecretOf(storage, asIdentifier<ClientId>(clientId), options)));

  command("rotate-key <client-id>", "register a new key; those before count on for a while")
    .option("--overlap <time>", "how long those before count: 90s, 30m, 12h, 7d", "7d")
    .option("--jwk <file>", "the new public key; made when not given")
    .option("--key-file <file>", "where to write the private key that is made", "client-key-new.json")
    .option("--retire", "make none: end those before now")
    .action((clientId: string, options: RotateKeyOptions) => withStorage(options, (storage) => rotateKeyOf(storage, asIdentifier<ClientId>(clientId), options)));
}

async function rotateSecretOf(storage: Storage, clientId: ClientId, { overlap, retire, json }: RotateOptions): Promise<void> {
  if (retire === true) {
    await retireSecret(storage, clientId, systemClock());
    return json === true ? printJson({ client_id: clientId, retired: true }) : print(`of ${clientId} the newest secret alone counts`);
  }
  const { secret, earlierUntil } = await rotateSecret(storage, clientId, secondsOf("--overlap", overlap, longestOverlap), systemClock());
  if (json === true) return printJson({ client_id: clientId, client_secret: secret, earlier_until: earlierUntil });
  print(`client_secret  ${secret}   (shown this once)`);
  print(`the one before counts until ${timeOf(earlierUntil)}; end it sooner with --retire`);
}

async function rotateKeyOf(storage: Storage, clientId: ClientId, { overlap, retire, json, keyFile, jwk }: RotateKeyOptions): Promise<void> {
  if (retire === true) {
    await retireKeys(storage, clientId, systemClock());
    return json === true ? printJson({ client_id: clientId, retired: true }) : print(`of ${clientId} the newest key alone counts`);
  }
  const made = jwk === undefined ? await makeClientKey(await algorithmOf(storage, clientId)) : null;
  const key = made?.publicKey ?? readJsonFile("--jwk", jwk ?? "");
  const { earlierUntil } = await keepingKey(keyFile, made, () => rotateKey(storage, clientId, key as JWK & Record<string, unknown>, secondsOf("--overlap", overlap, longestOverlap), systemClock()));
  if (json === true) return printJson({ client_id: clientId, kid: (key as JWK).kid, earlier_until: earlierUntil, ...(made !== null && { key_file: keyFile }) });
  if (made !== null) print(`private key  ${keyFile}   (keep it secret)`);
  print(`those before count until ${timeOf(earlierUntil)}; end them sooner with --retire`);
}

async function algorithmOf(storage: Storage, clientId: ClientId): Promise<(typeof fapiAlgorithms)[number]> {
  const metadata = (await findRelyingParty(storage, clientId))?.metadata ?? {};
  return ((metadata as Record<string, unknown>)["token_endpoint_auth_signing_alg"] ?? "ES256") as (typeof fapiAlgorithms)[number];
}

const timeOf = (seconds: number): string => new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
