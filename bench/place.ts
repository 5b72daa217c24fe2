import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { openStorage } from "../src/cli/bridge.ts";
import { systemClock } from "../src/clock.ts";
import { checkConfiguration, sandboxConfigurationFile } from "../src/config.ts";
import { orThrow } from "../src/errors.ts";
import { addRelyingParty, metadataOf } from "../src/relying-parties/index.ts";
import { createJlis, type Jlis } from "../src/sandbox/jlis/jlis.ts";
import { freePort, sandboxConfiguration } from "../src/sandbox/sandbox-configuration.ts";

/** A directory that a bridge can be started on, and the J-LIS stand-in it asks, which lives in this process. */
export interface Place {
  readonly directory: string;
  readonly issuer: string;
  readonly phoneOrigin: string;
  readonly jlis: Jlis;
  readonly clientId: string;
  readonly clientSecret: string;
  close(): Promise<void>;
}

/** @param database - where it is to be, when not in a SQLite file there: the address of a PostgreSQL database. */
export async function preparePlace(redirectUri: string, database?: string): Promise<Place> {
  const directory = mkdtempSync(path.join(tmpdir(), "jpki-bridge-bench-"));
  const jlis = await createJlis({ directory: path.join(directory, "jlis"), port: 0 });
  await jlis.listen();
  const port = await freePort();
  const issuer = `http://localhost:${port}`;
  const limits = { requests_per_minute: 10_000_000, sensitive_per_minute: 10_000_000, begun_per_network: 10_000_000, begun: 10_000_000, total_per_second: 1_000_000 };
  // As in production but for the limits: all of this load comes from one address.
  const status = { responders: [{ url: jlis.ocspUrl }] };
  const sandbox = sandboxConfiguration({ directory, issuer, port, jlis, resources: [] });
  const file = { ...sandbox, enrolment: { ...sandbox.enrolment, maximum_open_per_network: 10_000 }, limits, status, log: "info" as const, ...(database !== undefined && { database: { url: database, data_directory: directory } }) };
  writeFileSync(path.join(directory, sandboxConfigurationFile), JSON.stringify(file));
  const storage = await openStorage(checkConfiguration(file, directory, "sandbox"));
  const metadata = metadataOf({ clientId: "bench", name: "Bench", redirectUris: [redirectUri], authentication: "client_secret_basic", refreshTokens: false });
  const { secret } = await addRelyingParty(storage, orThrow(metadata), systemClock());
  await storage.close();
  return {
    directory, issuer, jlis, phoneOrigin: jlis.origin, clientId: "bench", clientSecret: secret ?? "",
    close: async () => {
      await jlis.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
