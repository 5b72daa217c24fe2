import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { orThrow } from "../../../src/errors.ts";
import { addRelyingParty, metadataOf } from "../../../src/relying-parties/index.ts";
import { freePort } from "../../../src/sandbox/sandbox-configuration.ts";
import type { World } from "../../support/world.ts";

/** The one that Debian's packages are installed for, whatever else is in the path. */
export const systemPython = "/usr/bin/python3";

/** What a service is told about itself and the bridge. */
export interface ServiceSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly port: number;
}

/** A service that runs as a process of its own. */
export interface Service {
  /** Where it answers. */
  readonly base: string;
  close(): Promise<void>;
}

/** Registers a service as an operator would: a shared secret, plain requests. `callback` is a path. */
export async function register(world: World, clientId: string, callback = "/callback"): Promise<ServiceSettings> {
  const port = await freePort();
  const base = `http://localhost:${port}`;
  const metadata = orThrow(metadataOf({ clientId, name: clientId, redirectUris: [`${base}${callback}`], postLogoutRedirectUris: [`${base}/signed-out`], authentication: "client_secret_basic" }));
  const { secret } = await addRelyingParty(world.bridge.storage, metadata, world.now());
  return { issuer: world.issuer, clientId, clientSecret: secret ?? "", port };
}

/** Starts a program of `applications/`; it says `listening` when it does. */
export async function startApplication(file: string, settings: ServiceSettings): Promise<Service> {
  const program = file.endsWith(".py") ? systemPython : process.execPath;
  const own = { ISSUER: settings.issuer, CLIENT_ID: settings.clientId, CLIENT_SECRET: settings.clientSecret, PORT: String(settings.port) };
  const child = spawn(program, [path.join(import.meta.dirname, "applications", file)], { env: { ...process.env, ...own }, stdio: ["ignore", "pipe", "inherit"] });
  await Promise.race([once(child.stdout, "data"), once(child, "exit").then(([code]) => Promise.reject(new Error(`${file} ended with ${code}`)))]);
  return { base: `http://localhost:${settings.port}`, close: () => end(child) };
}

/** Ends a process and waits until it is gone. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  await gone;
}

/** Why a program cannot be run here, or null. */
export function missing(needed: string, command: string, ...parameters: string[]): string | null {
  return spawnSync(command, parameters, { stdio: "ignore" }).status === 0 ? null : `want of ${needed}`;
}
