import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type Bridge, type BridgeOptions, startBridge } from "../cli/bridge.ts";
import type { Clock } from "../clock.ts";
import { checkConfiguration, type ConfigurationFile, sandboxConfigurationFile } from "../config.ts";
import { orThrow } from "../errors.ts";
import { asIdentifier, type ClientId } from "../identifiers.ts";
import { addRelyingParty, findRelyingParty, metadataOf, updateRelyingParty } from "../relying-parties/index.ts";
import { createDemoService, type DemoService } from "./demo-service/demo-service.ts";
import { addFidoMetadata, type FidoMetadataStandIn } from "./fido/metadata-stand-in.ts";
import { createJlis, type Jlis } from "./jlis/jlis.ts";
import { addPhonePage } from "./phone/phone.ts";
import { freePort, sandboxConfiguration } from "./sandbox-configuration.ts";

export interface SandboxOptions {
  /** Everything is kept here; a second start continues with it. */
  readonly directory: string;
  /** 0 takes a free one. */
  readonly ports: { readonly bridge: number; readonly demoService: number; readonly jlis: number };
  readonly clock?: Clock;
  readonly log?: BridgeOptions["log"];
  readonly logLevel?: ConfigurationFile["log"];
  /** Changes to the configuration, for tests. */
  readonly configure?: (file: ConfigurationFile) => ConfigurationFile;
}

/** Everything on one machine, speaking the real protocols: only configuration differs in production. */
export interface Sandbox {
  readonly bridge: Bridge;
  readonly jlis: Jlis;
  readonly fido: FidoMetadataStandIn;
  readonly demoService: DemoService;
  readonly issuer: string;
  close(): Promise<void>;
}

export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { directory, clock, log } = options;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const ports = { bridge: options.ports.bridge || (await freePort()), demoService: options.ports.demoService || (await freePort()) };
  const issuer = `http://localhost:${ports.bridge}`;
  const jlis = await createJlis({ directory: path.join(directory, "jlis"), port: options.ports.jlis, ...(clock && { clock }) });
  const demoService = await createDemoService({
    port: ports.demoService, issuer, origin: `http://localhost:${ports.demoService}`, directory: path.join(directory, "demo-service"), allowInsecure: true, ...(clock && { clock }),
  });
  addPhonePage(jlis, [issuer]);
  const fido = await addFidoMetadata(jlis, { directory: path.join(directory, "fido"), ...(clock && { clock }) });
  await jlis.listen();
  const file = sandboxConfiguration({ directory, issuer, port: ports.bridge, jlis, fido, resources: [demoService.resource] });
  const configured = { ...file, log: options.logLevel ?? "warn" };
  const chosen = options.configure?.(configured) ?? configured;
  // For the administration commands, which work on a running sandbox as on production.
  writeFileSync(path.join(directory, sandboxConfigurationFile), JSON.stringify(chosen, null, 2), { mode: 0o600 });
  const configuration = checkConfiguration(chosen, directory, "sandbox");
  const bridge = await startBridge(configuration, {
    ...(clock && { clock }),
    ...(log && { log }),
    trial: { demoServiceUrl: demoService.origin, demoPhoneUrl: `${jlis.origin}/phone`, demoAuthorityUrl: jlis.origin },
  });
  // Whoever enrols first finds metadata there.
  await bridge.metadata.refresh();
  await registerDemoService(bridge, demoService);
  await demoService.listen();
  return {
    bridge, jlis, fido, demoService, issuer,
    close: async () => {
      await demoService.close();
      await bridge.close();
      await jlis.close();
    },
  };
}

async function registerDemoService(bridge: Bridge, demoService: DemoService): Promise<void> {
  const metadata = orThrow(metadataOf(demoService.registration));
  const known = await findRelyingParty(bridge.storage, asIdentifier<ClientId>(metadata.client_id));
  if (known === null) await addRelyingParty(bridge.storage, metadata, bridge.clock());
  // It may have moved to another port since the last start.
  else if (JSON.stringify(known.metadata) !== JSON.stringify(metadata)) await updateRelyingParty(bridge.storage, metadata, bridge.clock());
}
