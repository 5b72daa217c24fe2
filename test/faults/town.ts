import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { text } from "node:stream/consumers";
import type { SecureElementImage } from "@jpki-bridge/client-sdk";
import { decodeJwt } from "jose";
import { openStorage } from "../../src/cli/with-storage.ts";
import { systemClock } from "../../src/clock.ts";
import { checkConfiguration, type ConfigurationFile, sandboxConfigurationFile } from "../../src/config.ts";
import type { Stage } from "../../src/sandbox/headless/person.ts";
import { createJlis, type Jlis } from "../../src/sandbox/jlis/jlis.ts";
import { sandboxConfiguration } from "../../src/sandbox/sandbox-configuration.ts";
import type { Storage } from "../../src/storage/index.ts";
import { afterTest, temporaryDirectory } from "../storage/temporary.ts";
import { elementIssuer } from "../support/element-issuer.ts";
import { relyingPartyAt, type TestRelyingParty } from "../support/relying-party.ts";
import type { PartyToRegister } from "./bridge-process.ts";
import { type Front, startFront } from "./front.ts";

/** A bridge in a process of its own. */
export interface TownNode {
  readonly origin: string;
  readonly child: ChildProcess;
  /** What it ended with: an exit code, or a signal. */
  readonly ended: Promise<number | string | null>;
}

/** People with certificates, a service they sign in at, and a front behind which nodes come and go. */
export interface Town extends Stage {
  readonly directory: string;
  readonly front: Front;
  readonly party: TestRelyingParty;
  /** Names of the people: {@link Stage.image} has the Secure Element of each. */
  readonly people: readonly string[];
  /** `jti` of the events that the service has heard. */
  readonly heard: ReadonlySet<string>;
  /** The node that is there from the beginning. */
  readonly first: TownNode;
  /** What nodes have logged, and what else they said. */
  said(): string;
  /** Starts a node; of this version, unless the `src` of another is given. */
  start(sources?: string): Promise<TownNode>;
  /** The nodes' storage, for this version. */
  storage(): Promise<Storage>;
}

export interface TownSettings {
  readonly people: number;
  /** Address of a PostgreSQL database; a SQLite file when not given. */
  readonly database?: string;
  /** That access tokens may be asked for; none when not given. */
  readonly resources?: Parameters<typeof sandboxConfiguration>[0]["resources"];
  /** Of the first node. */
  readonly sources?: string;
  /** Stands before the nodes instead of {@link Town.front}. */
  readonly proxy?: { readonly origin: string; turnTo(origins: readonly string[]): Promise<void> };
  /** How nodes listen, but for their ports. */
  readonly listen?: ConfigurationFile["listen"];
}

const thisVersion = path.resolve("src");

export async function buildTown({ people: count, database, resources = [], sources = thisVersion, proxy, listen: listening }: TownSettings): Promise<Town> {
  const directory = temporaryDirectory();
  const jlis = await createJlis({ directory: path.join(directory, "jlis"), port: 0 });
  afterTest(() => jlis.close());
  await jlis.listen();
  const front = await startFront();
  const { origin: issuer } = proxy ?? front;
  const sandbox = sandboxConfiguration({ directory, issuer, port: Number(new URL(issuer).port), jlis, resources });
  const file: ConfigurationFile = {
    ...sandbox,
    listen: { ...sandbox.listen, ...listening },
    ...(database !== undefined && { database: { url: database, data_directory: directory } }),
    // As in production: what is asked for at each sign-in is the database.
    status: { responders: [{ url: jlis.ocspUrl }] },
    enrolment: { ...sandbox.enrolment, maximum_open_per_network: 10_000 },
    // All of them come from one address.
    limits: { requests_per_minute: 1_000_000, sensitive_per_minute: 1_000_000, total_per_second: 100_000 },
    log: "warn",
  };
  writeFileSync(path.join(directory, sandboxConfigurationFile), JSON.stringify(file));
  const said: string[] = [];
  const start = (of = thisVersion): Promise<TownNode> => startNode(directory, of, said);
  const first = await start(sources);
  await (proxy ?? front).turnTo([first.origin]);
  const { url, heard } = await listen();
  const party = await relyingPartyAt(issuer, (metadata) => register(first, { metadata, eventsUrl: url }, said), { pushed: false, authentication: "client_secret_basic", registration: { backchannelLogoutUri: `${url}/logout` } });
  const images = await equip(jlis, count);
  return {
    issuer, jlis, directory, front, party, heard, first, start,
    people: [...images.keys()],
    now: systemClock,
    image: async (name) => images.get(name) ?? Promise.reject(new Error(`nobody is called ${name}`)),
    said: () => said.join(""),
    storage: async () => {
      const storage = await openStorage(checkConfiguration(file, directory, "sandbox"));
      afterTest(() => storage.close());
      return storage;
    },
  };
}

async function startNode(directory: string, sources: string, said: string[]): Promise<TownNode> {
  const child = fork(path.join(import.meta.dirname, "bridge-process.ts"), [directory, sources], { stdio: ["ignore", "pipe", "pipe", "ipc"] });
  afterTest(() => void child.kill("SIGKILL"));
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => void said.push(chunk.toString()));
  const ended = new Promise<number | string | null>((resolve) => child.once("close", (code, signal) => resolve(signal ?? code)));
  const { port } = await answerOf<{ port: number }>(child, said);
  return { child, ended, origin: `http://127.0.0.1:${port}` };
}

async function register({ child }: TownNode, asked: PartyToRegister, said: readonly string[]): Promise<{ secret: string | null }> {
  child.send(asked);
  return answerOf(child, said);
}

function answerOf<Answer>(child: ChildProcess, said: readonly string[]): Promise<Answer> {
  return new Promise((resolve, reject) => {
    child.once("message", (answer) => resolve(answer as Answer)).once("close", () => reject(new Error(`a node ended before it answered: ${said.join("").slice(-1500)}`)));
  });
}

/** The service's own server: the address where it hears of events and of sign-outs. */
async function listen(): Promise<{ readonly url: string; readonly heard: Set<string> }> {
  const heard = new Set<string>();
  const hear = async (request: IncomingMessage): Promise<number> => {
    heard.add(String(decodeJwt((await text(request)).replace("logout_token=", "")).jti));
    return request.url === "/logout" ? 200 : 202;
  };
  const server = createServer((request, response) => void hear(request).then((status) => response.writeHead(status).end()));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  afterTest(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://localhost:${(server.address() as AddressInfo).port}`, heard };
}

/** Secure Elements with a certificate each, by their holders. */
async function equip(jlis: Jlis, count: number): Promise<Map<string, SecureElementImage>> {
  const issue = await elementIssuer(jlis);
  const images = new Map<string, SecureElementImage>();
  for (let index = 1; index <= count; index += 1) images.set(`person-${index}`, (await issue(`person-${index}`)).image);
  return images;
}
