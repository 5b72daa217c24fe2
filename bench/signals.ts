import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { decodeJwt } from "jose";
import { openStorage, sqliteFile } from "../src/cli/with-storage.ts";
import { systemClock } from "../src/clock.ts";
import { checkConfiguration, sandboxConfigurationFile } from "../src/config.ts";
import { orThrow } from "../src/errors.ts";
import { asIdentifier } from "../src/identifiers.ts";
import { addRelyingParty, metadataOf } from "../src/relying-parties/index.ts";
import { createJlis } from "../src/sandbox/jlis/jlis.ts";
import { freePort, sandboxConfiguration } from "../src/sandbox/sandbox-configuration.ts";
import { createStream } from "../src/signals/index.ts";
import { authorityCrl, crlExtensions } from "../test/certificates/crl-factory.ts";
import { jpkiAuthority } from "../test/certificates/jpki.ts";
import { generatedEntries } from "../test/pki/crl-generator.ts";
import type { Measurement } from "./measurement.ts";
import { populate, subjectOf } from "./population.ts";
import { startServer } from "./server-process.ts";

const people = 100_000;
/** Entries of every CRL that list nobody here. */
const others = 100_000;
/** Milliseconds from the publication of a CRL until relying parties have heard. */
const goal = 5000;
const clientId = "bench";

/** 100,000 people connected with a relying party: how soon it hears that their certificates were revoked, and whether it hears all of it once. */
export async function benchSignals(): Promise<Measurement[]> {
  const directory = mkdtempSync(path.join(tmpdir(), "jpki-bridge-bench-"));
  const receiver = await startReceiver();
  const jlis = await createJlis({ directory: path.join(directory, "jlis"), port: 0 });
  try {
    const publish = crlPublisher(path.join(directory, "crl.der"));
    publish(0);
    await prepare(directory, receiver.port, await jlisListening(jlis));
    const bridge = await startServer("./servers/bridge.ts", directory);
    try {
      return await measure(receiver, publish, () => bridge.cpuMs());
    } finally {
      await bridge.stop();
    }
  } finally {
    await jlis.close();
    await receiver.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

type Jlis = Awaited<ReturnType<typeof createJlis>>;

async function jlisListening(jlis: Jlis): Promise<Jlis> {
  await jlis.listen();
  return jlis;
}

async function prepare(directory: string, receiverPort: number, jlis: Jlis): Promise<void> {
  const port = await freePort();
  const authority = path.join(directory, "authority.der");
  writeFileSync(authority, jpkiAuthority().certificate);
  const sandbox = sandboxConfiguration({ directory, issuer: `http://localhost:${port}`, port, jlis, resources: [] });
  const status = { crls: [{ file: path.join(directory, "crl.der"), issuer: authority }] };
  const file = { ...sandbox, trust: { user_authentication: [authority] }, status, log: "warn" as const };
  writeFileSync(path.join(directory, sandboxConfigurationFile), JSON.stringify(file));
  const configuration = checkConfiguration(file, directory, "sandbox");
  const storage = await openStorage(configuration);
  const redirectUri = `http://localhost:${receiverPort}/callback`;
  await addRelyingParty(storage, orThrow(metadataOf({ clientId, name: "Bench", redirectUris: [redirectUri], authentication: "client_secret_basic", refreshTokens: false })), systemClock());
  const delivery = { method: "push", endpointUrl: `http://localhost:${receiverPort}/events`, authorization: null } as const;
  await createStream(storage, { clientId: asIdentifier(clientId), settings: { delivery, eventsRequested: null, description: null }, now: systemClock() });
  populate(sqliteFile(configuration), storage.sealing, {
    count: people, at: systemClock() - 60, entryOf: (index) => (index < mostFalls ? others + index : null),
    connectedWith: { clientId, sector: new URL(redirectUri).host },
  });
  await storage.close();
}

/** Publishes the CRL that lists the first `fallen` people besides all others; when. */
function crlPublisher(file: string): (fallen: number) => number {
  let number = 0;
  return (fallen) => {
    number += 1;
    const now = systemClock();
    const authority = jpkiAuthority();
    const crl = authorityCrl(authority, { rawEntries: generatedEntries(0, others + fallen), thisUpdate: now, nextUpdate: now + 86_400, extensions: crlExtensions(authority, number) });
    writeFileSync(`${file}.new`, crl);
    renameSync(`${file}.new`, file);
    return performance.now();
  };
}

interface Receiver {
  readonly port: number;
  /** When the session of each person was ended, by what was received first. */
  readonly ended: ReadonlyMap<string, number>;
  /** Tokens received, and how many of these had been received before. */
  counts(): { readonly tokens: number; readonly again: number };
  down(): Promise<void>;
  up(): Promise<void>;
  close(): Promise<void>;
}

/** A relying party that takes security event tokens (RFC 8935); of what it keeps a second one has no effect. */
async function startReceiver(): Promise<Receiver> {
  const ended = new Map<string, number>();
  const seen = new Set<string>();
  let tokens = 0;
  const take = (body: string): void => {
    const { jti = "", events = {}, sub_id } = decodeJwt(body) as { jti?: string; events?: Record<string, unknown>; sub_id?: { sub?: string } };
    tokens += 1;
    if (seen.has(jti)) return;
    seen.add(jti);
    if (Object.keys(events).some((type) => type.endsWith("/session-revoked"))) ended.set(sub_id?.sub ?? "", performance.now());
  };
  const listen = (port: number): Promise<Server> => new Promise((resolve) => {
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        take(body);
        response.writeHead(202).end();
      });
    });
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
  let server = await listen(0);
  const { port } = server.address() as AddressInfo;
  const down = (): Promise<void> => new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
  return { port, ended, counts: () => ({ tokens, again: tokens - seen.size }), down, up: async () => void (server = await listen(port)), close: down };
}

const runs = [1, 100, 1000] as const;
const whileDown = 200;
const mostFalls = runs.reduce((sum, each) => sum + each, whileDown);

async function measure(receiver: Receiver, publish: (fallen: number) => number, processorTime: () => number): Promise<Measurement[]> {
  // The CRL of before the start is compared first.
  await setTimeout(3000);
  const measurements: Measurement[] = [];
  let fallen = 0;
  for (const count of runs) {
    const published = publish(fallen + count);
    const before = processorTime();
    const times = await heardOf(receiver, fallen, count);
    fallen += count;
    measurements.push(...(count === 1 ? [figure("signals: one of 100,000 revoked, to the relying party", (times[0] ?? 0) - published)] : [
      figure(`signals: ${count} of 100,000 revoked at once, to the first heard of`, (times[0] ?? 0) - published),
      figure(`signals: ${count} of 100,000 revoked at once, to the last heard of`, (times.at(-1) ?? 0) - published),
      figure(`signals: ${count} of 100,000 revoked at once, processor time of the bridge`, processorTime() - before),
    ]));
  }
  await receiver.down();
  publish(fallen + whileDown);
  await setTimeout(10_000);
  const before = receiver.counts().again;
  await receiver.up();
  const up = performance.now();
  const times = await heardOf(receiver, fallen, whileDown);
  const unexpected = [...receiver.ended.keys()].length - (fallen + whileDown);
  if (unexpected !== 0) throw new Error(`${unexpected} heard of beyond those who fell`);
  measurements.push(
    figure(`signals: ${whileDown} revoked while the relying party was down for 10 s, from its return to the last heard of`, (times.at(-1) ?? 0) - up),
    { name: "signals: tokens that arrived a second time after that", value: receiver.counts().again - before, unit: "tokens", baseline: { name: "none", value: 0 }, ratio: receiver.counts().again - before },
  );
  return measurements;
}

const figure = (name: string, milliseconds: number): Measurement => ({
  name, value: Math.round(milliseconds), unit: "ms", baseline: { name: "goal", value: goal }, ratio: Math.round((milliseconds / goal) * 1000) / 1000,
});

/** When the relying party heard of each of these people, the earliest first. */
async function heardOf({ ended }: Receiver, from: number, count: number): Promise<number[]> {
  const awaited = Array.from({ length: count }, (_, index) => subjectOf(from + index));
  const deadline = performance.now() + 120_000;
  while (!awaited.every((subject) => ended.has(subject))) {
    if (performance.now() > deadline) throw new Error(`${awaited.filter((subject) => !ended.has(subject)).length} of ${count} were not heard of in two minutes`);
    await setTimeout(5);
  }
  return awaited.map((subject) => ended.get(subject) ?? 0).sort((one, other) => one - other);
}
