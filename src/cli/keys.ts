import type { Command } from "commander";
import { systemClock } from "../clock.ts";
import { type KeyAlgorithm, keyAlgorithms, keyState, listKeys, longestTokenLife, publicationLead, rotateKeys } from "../provider/keys.ts";
import { print, printJson, table, UsageError } from "./terminal.ts";
import { type AdministrationOptions, withStorage } from "./with-storage.ts";

export function keysCommands(keys: Command): void {
  keys
    .command("list")
    .description("every key and where it is in its life")
    .option("--config <file>", "configuration file; the sandbox's when not given")
    .option("--json", "print JSON")
    .action((options: AdministrationOptions) =>
      withStorage(options, async (storage) => {
        const now = systemClock();
        const all = await listKeys(storage);
        const rows = all.map((key) => ({ ...key, state: keyState(key, all, now) }));
        if (options.json === true) return printJson(rows.map(({ id, algorithm, state, createdAt, signsFrom, retiresAt }) => ({ id, algorithm, state, created_at: createdAt, signs_from: signsFrom, retires_at: retiresAt })));
        print(table(["KEY", "ALGORITHM", "STATE", "SIGNS FROM", "RETIRES"], rows.map(({ id, algorithm, state, signsFrom, retiresAt }) => [id, algorithm, state, time(signsFrom), retiresAt === null ? "" : time(retiresAt)])));
      }),
    );

  keys
    .command("rotate")
    .description(`publish a new key now; it signs in ${publicationLead / 60} minutes, the old one stays published ${longestTokenLife / 60} minutes longer`)
    .option("--algorithm <name>", keyAlgorithms.join(" or "), "ES256")
    .option("--config <file>", "configuration file; the sandbox's when not given")
    .option("--json", "print JSON")
    .action(async ({ algorithm, ...options }: AdministrationOptions & { algorithm: string }) => {
      if (!isAlgorithm(algorithm)) throw new UsageError(`--algorithm: must be ${keyAlgorithms.join(" or ")}`);
      await withStorage(options, async (storage) => {
        const { id, signsFrom } = await rotateKeys(storage, algorithm, systemClock());
        if (options.json === true) return printJson({ id, algorithm, signs_from: signsFrom });
        print(`${id} (${algorithm}) is published within a minute and signs from ${time(signsFrom)}`);
      });
    });
}

const isAlgorithm = (text: string): text is KeyAlgorithm => (keyAlgorithms as readonly string[]).includes(text);
const time = (seconds: number): string => new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
