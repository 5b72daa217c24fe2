import { administeredConfiguration, type Configuration } from "../config.ts";
import { Refusal } from "../errors.ts";
import { openDatabase, Sealing, type Storage } from "../storage/index.ts";
import { asConfigurationError, requireSealingKeys } from "./sealing.ts";

/** What a configuration seals and finds by. */
export const sealingOf = ({ sealing }: Configuration): Sealing => new Sealing(sealing.keys, sealing.digestKey, sealing.laterDigestKeys);

/** Opens the storage of a configuration. @throws ConfigurationError where a sealing key is missing that it needs at once. */
export async function openStorage(configuration: Configuration): Promise<Storage> {
  try {
    return await openDatabase(configuration.database, sealingOf(configuration));
  } catch (error) {
    throw asConfigurationError(error);
  }
}

/** The SQLite file of a configuration, for what only a file has. @throws Refusal where the data is in PostgreSQL. */
export function sqliteFile({ database }: Configuration): string {
  if ("file" in database) return database.file;
  throw new Refusal("operation_not_possible", "the data is in PostgreSQL: use its own tools, see docs/backup.md");
}

/** What every administration command takes. */
export interface AdministrationOptions {
  readonly config?: string;
  readonly json?: boolean;
}

/** Runs an administration command on the storage it is meant for, also beside a running bridge. It seals, too: its key is noted. */
export async function withStorage<Result>(options: AdministrationOptions, work: (storage: Storage, configuration: Configuration) => Promise<Result>): Promise<Result> {
  const configuration = administeredConfiguration(options.config, process.env);
  const storage = await openStorage(configuration);
  try {
    await requireSealingKeys(storage);
    return await work(storage, configuration);
  } finally {
    await storage.close();
  }
}
