import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { SecureElementImage } from "@jpki-bridge/client-sdk";
import { type Bridge, startBridge } from "../../cli/bridge.ts";
import { type Clock, systemClock } from "../../clock.ts";
import { checkConfiguration, type ConfigurationFile, sandboxConfigurationFile } from "../../config.ts";
import { orThrow } from "../../errors.ts";
import { addRelyingParty, metadataOf } from "../../relying-parties/index.ts";
import { CleanUps } from "../clean-ups.ts";
import { createJlis, type Jlis } from "../jlis/jlis.ts";
import { closeServer, listenOnLoopback } from "../loopback.ts";
import { addPhonePage } from "../phone/phone.ts";
import { freePort, sandboxConfiguration } from "../sandbox-configuration.ts";
import { createControl } from "./control.ts";
import { createFront } from "./front.ts";
import { Orders, usual } from "./orders.ts";
import { Sessions } from "./sessions.ts";
import { SignInLog } from "./sign-in-log.ts";
import { createSigner } from "./signer.ts";
import { Visitors } from "./visitor.ts";
import { forwardTo, sendBy } from "./wire.ts";

export interface SimulatorOptions {
  /** 0 takes a free one. */
  readonly ports: { readonly provider: number; readonly control: number };
  readonly clock?: Clock;
}

/** A bridge that people sign in to by themselves, and that goes wrong on order. For loopback only. */
export interface Simulator {
  /** What relying parties are configured with. */
  readonly issuer: string;
  /** Where orders are given. */
  readonly control: string;
  /** The J-LIS stand-in with the personas. */
  readonly jlis: string;
  /** What administration commands find it by (`JPKI_BRIDGE_DATA`). Removed at the end. */
  readonly directory: string;
  readonly bridge: Bridge;
  close(): Promise<void>;
}

export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const cleanUps = new CleanUps();
  try {
    return { ...(await start(options, cleanUps)), close: () => cleanUps.run() };
  } catch (error) {
    await cleanUps.run();
    throw error;
  }
}

async function start({ ports, clock = systemClock }: SimulatorOptions, cleanUps: CleanUps): Promise<Omit<Simulator, "close">> {
  const directory = mkdtempSync(path.join(tmpdir(), "jpki-bridge-simulator-"));
  cleanUps.add(() => rmSync(directory, { recursive: true, force: true }));
  const [frontPort, controlPort, bridgePort] = [ports.provider || (await freePort()), ports.control || (await freePort()), await freePort()];
  const issuer = `http://localhost:${frontPort}`;
  const controlOrigin = `http://localhost:${controlPort}`;
  const jlis = await createJlis({ directory: path.join(directory, "jlis"), port: 0, clock });
  addPhonePage(jlis, [issuer]);
  await jlis.listen();
  cleanUps.add(jlis.close);
  const bridge = await startBridgeBehind({ directory, issuer, port: bridgePort, jlis, clock });
  cleanUps.add(bridge.close);
  await registerOwnClient(bridge);

  const { forward, close: endForwarding } = forwardTo(bridgePort);
  cleanUps.add(endForwarding);
  const image = async (persona: string): Promise<SecureElementImage> => (await fetch(`${jlis.origin}/personas/${persona}/secure-element.json`)).json() as Promise<SecureElementImage>;
  const visitors = new Visitors({
    stage: { issuer, jlis, now: clock, image },
    jlis,
    send: sendBy(forward),
    ownRequest: (acr) => ownRequest(issuer, acr),
  });
  const parts = { issuer, clock, forward, orders: new Orders(), log: new SignInLog(), sessions: new Sessions(issuer), visitors, signer: createSigner(bridge) };
  for (const [server, port] of [[createFront(parts), frontPort], [createControl({ ...parts, bridge, jlis, origin: controlOrigin }), controlPort]] as const) {
    await listenOnLoopback(server, port);
    cleanUps.add(() => closeServer(server));
  }
  // The usual person enrols now, so that no relying party's first request waits for it.
  await visitors.send(usual);
  return { issuer, bridge, directory, control: controlOrigin, jlis: jlis.origin };
}

async function startBridgeBehind({ directory, issuer, port, jlis, clock }: { directory: string; issuer: string; port: number; jlis: Jlis; clock: Clock }): Promise<Bridge> {
  const file = sandboxConfiguration({ directory, issuer, port, jlis, resources: [] });
  const chosen: ConfigurationFile = {
    ...file,
    log: "error",
    // A revocation shows at the next request.
    status: { ...file.status, good_cache: 0, refresh: 0 },
    enrolment: { ...file.enrolment, maximum_open_per_network: 10_000 },
    // A test suite sends from one address what a city sends from many.
    limits: { requests_per_minute: 100_000, sensitive_per_minute: 100_000, total_per_second: 10_000 },
  };
  writeFileSync(path.join(directory, sandboxConfigurationFile), JSON.stringify(chosen, null, 2), { mode: 0o600 });
  return startBridge(checkConfiguration(chosen, directory, "sandbox"), { clock });
}

/** By which people enrol, and sign in before a relying party asks. Nobody follows its callback. */
const ownClient = "jpki-bridge-simulator";
const callback = "http://localhost:1/callback";

async function registerOwnClient(bridge: Bridge): Promise<void> {
  const metadata = orThrow(metadataOf({ clientId: ownClient, name: "Simulator", redirectUris: [callback], authentication: "client_secret_basic" }));
  await addRelyingParty(bridge.storage, metadata, bridge.clock());
}

function ownRequest(issuer: string, acr: string): string {
  const parameters = { client_id: ownClient, response_type: "code", scope: "openid", redirect_uri: callback, code_challenge: "A".repeat(43), code_challenge_method: "S256", ...(acr !== "" && { acr_values: acr }) };
  return `${issuer}/authorize?${new URLSearchParams(parameters)}`;
}
