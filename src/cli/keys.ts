import type { Command } from "commander";
import { systemClock } from "../clock.ts";
import { Refusal } from "../errors.ts";
import { rotateCookieKey } from "../provider/keys-cookies.ts";
import { type KeyDocument, listKeys, retireKey, rotateKeys } from "../provider/keys.ts";
import { type KeyAlgorithm, keyAlgorithms, keyLife, overlap, type ProviderKeyRecord, publicationLead } from "../provider/keys-life.ts";
import type { Configuration } from "../config.ts";
import { digestCommands } from "./keys-digests.ts";
import { sealingCommands } from "./keys-sealing.ts";
import { print, printJson, table, UsageError } from "./terminal.ts";
import { type AdministrationOptions, withStorage } from "./with-storage.ts";

export function keysCommands(keys: Command): void {
  const command = (name: string, description: string): Command =>
    keys.command(name).description(description).option("--config <file>", "configuration file; the sandbox's when not given").option("--json", "print JSON");

  command("list", "every key, where it is in its life, how old it is, and what comes next").action((options: AdministrationOptions) =>
    withStorage(options, async (storage, configuration) => listing(await listKeys(storage), rotationSeconds(configuration), options.json === true)),
  );

  command("rotate", `announce a new key now; it signs in ${publicationLead / 60} minutes, the old one stays published ${overlap / 60} minutes longer`)
    .option("--algorithm <name>", `${keyAlgorithms.join(" or ")}; or cookies, for the key that signs cookies`, "ES256")
    .action(async ({ algorithm, ...options }: AdministrationOptions & { algorithm: string }) => {
      if (!isAlgorithm(algorithm) && algorithm !== "cookies") throw new UsageError(`--algorithm: must be ${keyAlgorithms.join(" or ")}, or cookies`);
      await withStorage(options, async (storage, configuration) => {
        const rotated = algorithm === "cookies" ? rotateCookieKey(storage, systemClock()) : rotateKeys(storage, algorithm, systemClock(), await keyInToken(configuration, algorithm));
        const { id, signsFrom } = await rotated;
        if (options.json === true) return printJson({ id, algorithm, signs_from: signsFrom });
        print(algorithm === "cookies" ? `${id} signs cookies from ${time(signsFrom)}` : `${id} (${algorithm}) is published within a minute and signs from ${time(signsFrom)}`);
      });
    });

  command("retire <key>", "take a key out at once, because somebody else may have it; another one signs")
    .option("--now", "required: no overlap, what it signed counts no more here")
    .option("--reason <text>", "why; stands in the audit log")
    .action(async (id: string, { now: atOnce, reason = "", ...options }: AdministrationOptions & { now?: true; reason?: string }) => {
      if (atOnce !== true) throw new UsageError("--now: say that there is to be no overlap; `keys rotate` replaces a key with one");
      if (reason.trim() === "") throw new UsageError("--reason: say why");
      await withStorage(options, async (storage, configuration) => {
        const algorithm = (await listKeys(storage)).find((key) => key.id === id)?.algorithm;
        const successor = algorithm === undefined ? undefined : await keyInToken(configuration, algorithm);
        if (successor?.kid === id) throw new Refusal("invalid_request", "keys.pkcs11 names this very key: make another in the token and name that, then retire this one");
        const signing = await retireKey(storage, id, { reason, now: systemClock(), ...(successor !== undefined && { successor }) });
        if (options.json === true) return printJson({ retired: id, signs_now: signing?.id ?? null });
        print(`${id} is retired; every running bridge obeys within a minute${signing === null ? "" : `, and ${signing.id} (${signing.algorithm}) signs`}`);
        print("relying parties that keep our key set may take what it signed until they fetch it again: see docs/keys.md");
      });
    });

  sealingCommands(command);
  digestCommands(command);
}

/** The key of a token that is to sign; undefined where keys of this algorithm are made here. */
async function keyInToken(configuration: Configuration, algorithm: KeyAlgorithm): Promise<KeyDocument | undefined> {
  if (configuration.keys.pkcs11 === null) return undefined;
  // Loaded only now: with it comes the whole of the provider.
  const token = await import("./token.ts");
  return token.keyInToken(configuration, algorithm);
}

/** Seconds for which a key signs; null: until somebody rotates. */
function rotationSeconds({ keys }: { readonly keys: { readonly rotate_every: number | null } }): number | null {
  return keys.rotate_every === null ? null : keys.rotate_every * day;
}

function listing(all: readonly ProviderKeyRecord[], rotateEvery: number | null, json: boolean): void {
  const now = systemClock();
  const rows = all.map((key) => ({ ...key, ...keyLife(key, all, rotateEvery, now) }));
  if (json) return printJson(rows.map(({ id, algorithm, state, age, next, createdAt, signsFrom, retiresAt }) => ({ id, algorithm, state, age_s: age, next, created_at: createdAt, signs_from: signsFrom, retires_at: retiresAt })));
  print(table(["KEY", "ALGORITHM", "STATE", "AGE", "SIGNS FROM", "NEXT"], rows.map(({ id, algorithm, state, age, signsFrom, next }) => [id, algorithm, state, `${Math.floor(age / day)} d`, time(signsFrom), next === null ? "" : `${next.state} ${time(next.at)}`])));
}

const day = 86_400;
const isAlgorithm = (text: string): text is KeyAlgorithm => (keyAlgorithms as readonly string[]).includes(text);
const time = (seconds: number): string => new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
