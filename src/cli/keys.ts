import type { Command } from "commander";
import { systemClock } from "../clock.ts";
import { administeredConfiguration } from "../config.ts";
import { type KeyAlgorithm, keyAlgorithms, keyState, listKeys, longestTokenLife, publicationLead, rotateKeys } from "../provider/index.ts";
import { openStorage } from "./bridge.ts";
import { complain, exitCodes, print, printJson, table } from "./terminal.ts";

interface Options {
  readonly config?: string;
  readonly json?: boolean;
}

export function keysCommands(program: Command): void {
  const keys = program.command("keys").description("the provider's signing keys; rotated without downtime");

  keys
    .command("list")
    .description("every key and where it is in its life")
    .option("--config <file>", "configuration file; the sandbox's when not given")
    .option("--json", "print JSON")
    .action(async ({ config, json }: Options) => {
      const storage = openStorage(administeredConfiguration(config, process.env));
      try {
        const now = systemClock();
        const all = await listKeys(storage);
        const rows = all.map((key) => ({ ...key, state: keyState(key, all, now) }));
        if (json === true) return printJson(rows.map(({ id, algorithm, state, createdAt, signsFrom, retiresAt }) => ({ id, algorithm, state, created_at: createdAt, signs_from: signsFrom, retires_at: retiresAt })));
        print(table(["KEY", "ALGORITHM", "STATE", "SIGNS FROM", "RETIRES"], rows.map(({ id, algorithm, state, signsFrom, retiresAt }) => [id, algorithm, state, time(signsFrom), retiresAt === null ? "" : time(retiresAt)])));
      } finally {
        await storage.close();
      }
    });

  keys
    .command("rotate")
    .description(`publish a new key now; it signs in ${publicationLead / 60} minutes, the old one stays published ${longestTokenLife / 60} minutes longer`)
    .option("--algorithm <name>", keyAlgorithms.join(" or "), "ES256")
    .option("--config <file>", "configuration file; the sandbox's when not given")
    .option("--json", "print JSON")
    .action(async ({ algorithm, config, json }: Options & { algorithm: string }) => {
      if (!isAlgorithm(algorithm)) return complain(`--algorithm: ${keyAlgorithms.join(" or ")}`, exitCodes.usage);
      const storage = openStorage(administeredConfiguration(config, process.env));
      try {
        const { id, signsFrom } = await rotateKeys(storage, algorithm, systemClock());
        if (json === true) return printJson({ id, algorithm, signs_from: signsFrom });
        print(`${id} (${algorithm}) is published within a minute and signs from ${time(signsFrom)}`);
      } finally {
        await storage.close();
      }
    });
}

const isAlgorithm = (text: string): text is KeyAlgorithm => (keyAlgorithms as readonly string[]).includes(text);
const time = (seconds: number): string => new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
