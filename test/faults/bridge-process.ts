/**
 * A bridge as a process of its own, on a free port, of this version or of another:
 * `node bridge-process.ts DIRECTORY SOURCES`, with the configuration in the one and the program's `src` as the other.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
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

const file = JSON.parse(readFileSync(path.join(directory, sandboxConfigurationFile), "utf8")) as object;
const { storage, clock, address, close } = await startBridge(checkConfiguration({ ...file, listen: { port: 0 } }, directory, "sandbox"));
async function register({ metadata, eventsUrl }: PartyToRegister): Promise<void> {
  const { secret } = await addRelyingParty(storage, metadata, clock());
  const delivery = { method: "push", endpointUrl: eventsUrl, authorization: null } as const;
  await createStream(storage, { clientId: asIdentifier(String(metadata.client_id)), settings: { delivery, eventsRequested: null, description: null }, now: clock() });
  process.send?.({ secret });
}
process.on("message", (asked: PartyToRegister) => void register(asked));
process.once("SIGTERM", () => void close().then(() => process.exit(0)));
process.once("disconnect", () => process.exit(1));
process.send?.({ port: address.port });
