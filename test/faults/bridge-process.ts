/**
 * A bridge as a process of its own, on a free port, of this version or of another:
 * `node bridge-process.ts DIRECTORY SOURCES`, with the configuration in the one and the program's `src` as the other.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import type { ConfigurationFile } from "../../src/config.ts";
import { asIdentifier } from "../../src/identifiers.ts";
import type { PartyMetadata } from "../support/relying-party.ts";

/** A relying party that is to be registered, and where it hears of events. */
export interface PartyToRegister {
  readonly metadata: PartyMetadata;
  readonly eventsUrl: string;
}

const [, , directory = "", sources = ""] = process.argv;
const load = <Module>(file: string): Promise<Module> => import(path.join(sources, file)) as Promise<Module>;
const { startBridge } = await load<typeof import("../../src/cli/bridge.ts")>("cli/bridge.ts");
const { checkConfiguration, sandboxConfigurationFile } = await load<typeof import("../../src/config.ts")>("config.ts");
const { addRelyingParty } = await load<typeof import("../../src/relying-parties/index.ts")>("relying-parties/index.ts");
const { createStream } = await load<typeof import("../../src/signals/index.ts")>("signals/index.ts");

const file = JSON.parse(readFileSync(path.join(directory, sandboxConfigurationFile), "utf8")) as ConfigurationFile;
const configuration = checkConfiguration({ ...file, listen: { ...file.listen, port: 0 } }, directory, "sandbox");
const { storage, clock, address, drain, close } = await startBridge(configuration);
async function register({ metadata, eventsUrl }: PartyToRegister): Promise<void> {
  const { secret } = await addRelyingParty(storage, metadata, clock());
  const delivery = { method: "push", endpointUrl: eventsUrl, authorization: null } as const;
  await createStream(storage, { clientId: asIdentifier(String(metadata.client_id)), settings: { delivery, eventsRequested: null, description: null }, now: clock() });
  process.send?.({ secret });
}
process.on("message", (asked: PartyToRegister) => void register(asked));
async function end(): Promise<void> {
  // The version before knows nothing of it, and where nothing is said of it a test is not to wait.
  if (file.listen?.drain !== undefined) await drain(configuration.listen.drain);
  await close();
  process.exit(0);
}
process.once("SIGTERM", () => void end());
process.once("disconnect", () => process.exit(1));
process.send?.({ port: address.port });
