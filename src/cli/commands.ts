import type { Command } from "commander";

/** A command of the program, or a group of them. */
interface CommandEntry {
  readonly name: string;
  /** Its sentence in the program's help. */
  readonly description: string;
  /** What gives it its options and its work. Loaded when it is called: each needs little of the bridge. */
  readonly load: () => Promise<(command: Command) => void>;
}

const commands: readonly CommandEntry[] = [
  {
    name: "serve",
    description: "run the provider for production; refuses to start without issuer, keys, trust anchors and a status source",
    load: async () => (await import("./serve.ts")).serveCommand,
  },
  {
    name: "sandbox",
    description: "run everything on this machine: provider, demo relying party, J-LIS stand-in (npm start)",
    load: async () => (await import("./sandbox.ts")).sandboxCommand,
  },
  {
    name: "simulate",
    description: "a provider for a relying party's tests: people sign in by themselves, and it goes wrong on order",
    load: async () => (await import("./simulate.ts")).simulateCommand,
  },
  {
    name: "demo",
    description: "the main job without a person: enrol, passkey, sign in again, read the claims, in a real browser",
    load: async () => (await import("./demo.ts")).demoCommand,
  },
  {
    name: "client",
    description: "relying parties: add, connect, list, show, doctor, rotate-secret, rotate-key, token, tokens, revoke-token, remove",
    load: async () => (await import("./client.ts")).clientCommands,
  },
  {
    name: "console",
    description: "the relying parties in a browser: a page on this machine alone, opened once by the address printed",
    load: async () => (await import("./console.ts")).consoleCommand,
  },
  {
    name: "keys",
    description: "the provider's signing keys; rotated without downtime",
    load: async () => (await import("./keys.ts")).keysCommands,
  },
  {
    name: "person",
    description: "people: show, hold, release, erase, recover, reviews, review; found by pairwise subject, receipt id or person id",
    load: async () => (await import("./person.ts")).personCommands,
  },
  {
    name: "signals",
    description: "what waits to be told to relying parties: list, dead-letters, retry",
    load: async () => (await import("./signals.ts")).signalsCommands,
  },
  {
    name: "audit",
    description: "the audit log: verify, checkpoint, export, explain, keys, rotate-key",
    load: async () => (await import("./audit.ts")).auditCommands,
  },
  {
    name: "backup",
    description: "the whole database as it is at one moment, while the bridge goes on; without the sealing keys",
    load: async () => (await import("./backup.ts")).backupCommand,
  },
  {
    name: "restore",
    description: "a backup checked, made safe and put in place",
    load: async () => (await import("./restore.ts")).restoreCommand,
  },
  {
    name: "copy-database",
    description: "the whole database from SQLite into an empty PostgreSQL database, all or nothing",
    load: async () => (await import("./copy-database.ts")).copyDatabaseCommand,
  },
  {
    name: "status",
    description: "where the status of certificates comes from",
    load: async () => (await import("./status.ts")).statusCommands,
  },
  {
    name: "certificate",
    description: "certificates and answers about their status judged, for operators and auditors",
    load: async () => (await import("./certificate.ts")).certificateCommands,
  },
];

/** Adds every command by its sentence, and those that `words` of the command line name in full. */
export async function addCommands(program: Command, words: readonly string[]): Promise<void> {
  for (const { name, description, load } of commands) {
    const command = program.command(name).description(description);
    if (words.includes(name)) (await load())(command);
  }
}
