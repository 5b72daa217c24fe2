import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { type Bridge, type BridgeOptions, startBridge } from "../cli/bridge.ts";
import { randomBytes, toBase64Url } from "../bytes.ts";
import type { Clock } from "../clock.ts";
import { checkConfiguration, type ConfigurationFile, sandboxConfigurationFile } from "../config.ts";
import { orThrow } from "../errors.ts";
import { asIdentifier, type ClientId } from "../identifiers.ts";
import { addRelyingParty, findRelyingParty, metadataOf } from "../relying-parties/index.ts";
import { createDemoService, type DemoService } from "./demo-service/demo-service.ts";
import { createJlis, type Jlis } from "./jlis/jlis.ts";
import { addPhonePage } from "./phone/phone.ts";

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
  await jlis.listen();
  const file = sandboxConfiguration(directory, issuer, ports.bridge, jlis, demoService);
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
  await registerDemoService(bridge, demoService);
  await demoService.listen();
  return {
    bridge, jlis, demoService, issuer,
    close: async () => {
      await demoService.close();
      await bridge.close();
      await jlis.close();
    },
  };
}

/** The configuration that an operator would write, with the sandbox's neighbours in it. */
function sandboxConfiguration(directory: string, issuer: string, port: number, jlis: Jlis, demoService: DemoService): ConfigurationFile {
  const anchors = jlis.anchors();
  const write = (name: string, der: Uint8Array): string => {
    const file = path.join(directory, name);
    writeFileSync(file, der, { mode: 0o600 });
    return file;
  };
  const userAuthentication = anchors.userAuthentication.map((der, index) => write(`user-authentication-ca-${index + 1}.der`, der));
  const signature = anchors.signature.map((der, index) => write(`signature-ca-${index + 1}.der`, der));
  return {
    issuer,
    name: "JPKI Bridge",
    listen: { host: "127.0.0.1", port },
    database: { file: path.join(directory, "jpki-bridge.db") },
    sealing: { keys: [{ id: "sandbox", file: keyFile(directory, "sealing.key") }], digest_key_file: keyFile(directory, "digest.key") },
    trust: { user_authentication: userAuthentication, signature },
    // A sandbox is for trying things out: a revocation shows at the next sign-in.
    status: { responders: [{ url: jlis.ocspUrl }], crls: crlsOf(jlis, userAuthentication), good_cache: 2, refresh: 2 },
    continuity: { url: `${jlis.origin}/continuity` },
    enrolment: { app_link: `${jlis.origin}/phone`, app_origins: [jlis.origin] },
    passkeys: { origins: [jlis.origin] },
    resources: [{ ...demoService.resource, scopes: [...demoService.resource.scopes] }],
  };
}

function crlsOf(jlis: Jlis, userAuthentication: readonly string[]): NonNullable<NonNullable<ConfigurationFile["status"]>["crls"]> {
  const authorities = jlis.authority.authorities.filter(({ use }) => use === "user-authentication");
  return authorities.flatMap(({ id }, index) => {
    const issuer = userAuthentication[index];
    return issuer === undefined ? [] : jlis.crlUrls.filter((url) => url.includes(`/crl/${id}/`)).map((url) => ({ url, issuer, refresh: 60 }));
  });
}

function keyFile(directory: string, name: string): string {
  const file = path.join(directory, name);
  if (!existsSync(file)) writeFileSync(file, toBase64Url(randomBytes(32)), { mode: 0o600 });
  return file;
}

async function registerDemoService(bridge: Bridge, demoService: DemoService): Promise<void> {
  const metadata = orThrow(metadataOf(demoService.registration));
  const known = await findRelyingParty(bridge.storage, asIdentifier<ClientId>(metadata.client_id));
  if (known === null) await addRelyingParty(bridge.storage, metadata, bridge.clock());
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = address !== null && typeof address === "object" ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
