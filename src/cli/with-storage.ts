import { administeredConfiguration, type Configuration } from "../config.ts";
import { openSqlite, Sealing, type Storage } from "../storage/index.ts";

/** Opens the storage of a configuration. */
export async function openStorage(configuration: Configuration): Promise<Storage> {
  return openSqlite(configuration.database.file, new Sealing(configuration.sealing.keys, configuration.sealing.digestKey));
}

/** What every administration command takes. */
export interface AdministrationOptions {
  readonly config?: string;
  readonly json?: boolean;
}

/** Runs an administration command on the storage it is meant for, also beside a running bridge. */
export async function withStorage<Result>(options: AdministrationOptions, work: (storage: Storage, configuration: Configuration) => Promise<Result>): Promise<Result> {
  const configuration = administeredConfiguration(options.config, process.env);
  const storage = await openStorage(configuration);
  try {
    return await work(storage, configuration);
  } finally {
    await storage.close();
  }
}
