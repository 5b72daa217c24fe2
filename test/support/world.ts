import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { SecureElementImage } from "@jpki-bridge/client-sdk";
import { type Bridge, startBridge } from "../../src/cli/bridge.ts";
import { systemClock } from "../../src/clock.ts";
import { checkConfiguration, type ConfigurationFile } from "../../src/config.ts";
import { createLogger } from "../../src/log.ts";
import { rotateDueCookieKeys } from "../../src/provider/index.ts";
import { addFidoMetadata, type FidoMetadataStandIn } from "../../src/sandbox/fido/metadata-stand-in.ts";
import { createJlis, type Jlis } from "../../src/sandbox/jlis/jlis.ts";
import { addPhonePage } from "../../src/sandbox/phone/phone.ts";
import { freePort, sandboxConfiguration } from "../../src/sandbox/sandbox-configuration.ts";
import type { DatabasePlace } from "../../src/storage/index.ts";
import { databaseSection, freshDatabase } from "./engine.ts";

/** A resource that access tokens are asked for in tests. */
export const resource = { identifier: "https://resource.example/api", name: "Test resource", scopes: ["reading:list"] };

/** J-LIS stand-in and bridge on free ports, in a directory of their own, with a clock that can be moved. */
export interface World {
  readonly issuer: string;
  readonly jlis: Jlis;
  readonly fido: FidoMetadataStandIn;
  readonly bridge: Bridge;
  readonly directory: string;
  /** Of its database. */
  readonly place: DatabasePlace;
  /** Every line the bridge has logged. */
  readonly logs: readonly string[];
  now(): number;
  /** Moves the clock of everything on. */
  advance(seconds: number): void;
  /** Stops the bridge and starts it again with the same data. */
  restart(): Promise<void>;
  image(persona: string): Promise<SecureElementImage>;
  close(): Promise<void>;
}

/** @param limits instead of those that tests never reach. */
export async function startWorld(configure: (file: ConfigurationFile) => ConfigurationFile = (file) => file, limits: ConfigurationFile["limits"] = {}): Promise<World> {
  const directory = mkdtempSync(path.join(tmpdir(), "jpki-bridge-"));
  const { place, giveBack } = await freshDatabase(directory);
  const logs: string[] = [];
  let offset = 0;
  const clock = (): number => systemClock() + offset;
  const jlis = await createJlis({ directory: path.join(directory, "jlis"), port: 0, clock });
  const port = await freePort();
  const issuer = `http://localhost:${port}`;
  addPhonePage(jlis, [issuer]);
  const fido = await addFidoMetadata(jlis, { directory: path.join(directory, "fido"), clock });
  await jlis.listen();
  const start = async (): Promise<Bridge> => {
    const sandbox = sandboxConfiguration({ directory, issuer, port, jlis, fido, resources: [resource] });
    const file = configure({ ...sandbox, database: databaseSection(place, directory), enrolment: { ...sandbox.enrolment, maximum_open_per_network: 10_000 }, limits: { ...generous, ...limits } });
    const log = createLogger("debug", { write: (line) => void logs.push(line) });
    const started = await startBridge(checkConfiguration(file, directory, "sandbox"), { clock, log });
    // Their receipts must not come in the middle of a test that looks for receipts.
    await started.metadata.refresh();
    await rotateDueCookieKeys(started.storage, Infinity, clock());
    return started;
  };
  let bridge = await start();
  return {
    issuer, jlis, fido, directory, place, logs,
    get bridge() {
      return bridge;
    },
    now: clock,
    advance: (seconds) => {
      offset += seconds;
    },
    restart: async () => {
      await bridge.close();
      bridge = await start();
      // Lets the clients of this process notice that their kept-alive connections are gone.
      await new Promise((resolve) => setTimeout(resolve, 50));
    },
    image: async (persona) => (await fetch(`${jlis.origin}/personas/${persona}/secure-element.json`)).json() as Promise<SecureElementImage>,
    close: async () => {
      await bridge.close();
      await jlis.close();
      await giveBack();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

// Tests send from one address what a city sends from many.
const generous = { requests_per_minute: 100_000, sensitive_per_minute: 100_000, begun_per_network: 100_000, total_per_second: 10_000 };
