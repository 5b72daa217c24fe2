import { fork } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import Database from "better-sqlite3";
import { openStorage, sqliteFile } from "../src/cli/with-storage.ts";
import { systemClock } from "../src/clock.ts";
import { checkConfiguration, sandboxConfigurationFile } from "../src/config.ts";
import { asIdentifier } from "../src/identifiers.ts";
import { createStream } from "../src/signals/index.ts";
import { preparePlace } from "./place.ts";
import { populate } from "./population.ts";
import { residentMemory } from "./server-process.ts";
import type { Vitals } from "./servers/soaking-bridge.ts";
import { enrol, redirectUri } from "./signin.ts";
import { actsOf, type Done, goOn, others } from "./soak-load.ts";

/** A bridge under mixed load for a while, and what became of it. */
export interface SoakReport {
  readonly seconds: number;
  readonly acts: readonly { readonly name: string; readonly count: number; readonly errors: number }[];
  /** Examples. */
  readonly errors: readonly string[];
  readonly signals_delivered: number;
  readonly memory_mib: { readonly warm: number; readonly end: number; readonly slope_per_minute: number };
  readonly heap_mib: { readonly warm: number; readonly end: number };
  readonly loop_delay_ms: { readonly p99: number; readonly max: number };
  readonly file_descriptors: { readonly warm: number; readonly end: number };
  readonly resources: { readonly warm: number; readonly end: number };
  /** Rows of what expires: after the load, and when everything of it has. */
  readonly artifacts: { readonly end: number; readonly expired: number };
  readonly outbox: number;
}

const month = 31 * 24 * 60 * 60;
/** Upkeep runs every 15 seconds, and waits a round when the clock jumped. */
const sweptWithinMs = 60_000;

/** Soaks a bridge in a process of its own for so many seconds; a fifth of them are the warm-up. */
export async function soak(seconds: number): Promise<SoakReport> {
  let delivered = 0;
  const receiver = createServer((request, response) => {
    delivered += 1;
    request.resume().once("end", () => response.writeHead(202).end());
  }).listen(0, "127.0.0.1");
  await once(receiver, "listening");
  const place = await preparePlace(redirectUri);
  const configuration = checkConfiguration(JSON.parse(readFileSync(path.join(place.directory, sandboxConfigurationFile), "utf8")), place.directory, "sandbox");
  const file = sqliteFile(configuration);
  const storage = await openStorage(configuration);
  const delivery = { method: "push", endpointUrl: `http://localhost:${(receiver.address() as AddressInfo).port}/events`, authorization: null } as const;
  await createStream(storage, { clientId: asIdentifier("bench"), settings: { delivery, eventsRequested: null, description: null }, now: systemClock() });
  populate(file, storage.sealing, { count: others, at: systemClock() - 60, entryOf: () => null, connectedWith: { clientId: "bench", sector: new URL(redirectUri).host } });
  const child = fork(new URL("servers/soaking-bridge.ts", import.meta.url), [place.directory], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  await once(child, "message");
  const ask = async (advance = 0): Promise<Vitals> => {
    const answered = once(child, "message");
    child.send({ advance });
    return (await answered)[0] as Vitals;
  };
  const watch = async (): Promise<Watched> => ({ ...(await ask()), memoryMiB: residentMemory(child.pid), descriptors: readdirSync(`/proc/${String(child.pid)}/fd`).length });
  const rows = (table: string): number => {
    const database = new Database(file, { readonly: true });
    const count = database.prepare(`SELECT count(*) FROM "${table}"`).pluck().get() as number;
    database.close();
    return count;
  };
  try {
    const acts = actsOf(place, await enrol(place), storage);
    const before = await goOn(acts, seconds / 5);
    const warm = await watch();
    const stop = new AbortController();
    const sampling = sampleMemory(child.pid, stop.signal);
    const during = await goOn(acts, (seconds * 4) / 5);
    stop.abort();
    const samples = await sampling;
    const end = await watch();
    const [left, outbox] = [rows("artifact"), rows("outbox")];
    await ask(month);
    const deadline = Date.now() + sweptWithinMs;
    while (Date.now() < deadline && rows("artifact") > lasting) await setTimeout(1000);
    return reportOf({ seconds, done: [...before, ...during], warm, end, slope: slopeOf(samples), delivered, artifacts: { end: left, expired: rows("artifact") }, outbox });
  } finally {
    child.kill();
    await once(child, "exit");
    await storage.close();
    await place.close();
    receiver.closeAllConnections();
    receiver.close();
  }
}

/** Leases, notices and the names of keys, which are written anew and again. */
const lasting = 10;

type Watched = Vitals & { readonly memoryMiB: number; readonly descriptors: number };
type Sample = readonly [minutes: number, mib: number];

async function sampleMemory(pid: number | undefined, signal: AbortSignal): Promise<Sample[]> {
  const samples: Sample[] = [];
  const begun = performance.now();
  while (!signal.aborted) {
    samples.push([(performance.now() - begun) / 60_000, residentMemory(pid)]);
    await setTimeout(500);
  }
  return samples;
}

/** By least squares. */
function slopeOf(samples: readonly Sample[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(samples.map(([minutes]) => minutes)), mean(samples.map(([, mib]) => mib))];
  const spread = samples.reduce((sum, [minutes]) => sum + (minutes - x) ** 2, 0);
  return spread === 0 ? 0 : samples.reduce((sum, [minutes, mib]) => sum + (minutes - x) * (mib - y), 0) / spread;
}

interface Seen {
  readonly seconds: number;
  readonly done: readonly Done[];
  readonly warm: Watched;
  readonly end: Watched;
  readonly slope: number;
  readonly delivered: number;
  readonly artifacts: SoakReport["artifacts"];
  readonly outbox: number;
}

function reportOf({ seconds, done, warm, end, slope, delivered, artifacts, outbox }: Seen): SoakReport {
  const round = (value: number): number => Math.round(value * 100) / 100;
  const names = [...new Set(done.map(({ name }) => name))];
  const of = (name: string): readonly Done[] => done.filter((each) => each.name === name);
  return {
    seconds,
    acts: names.map((name) => ({ name, count: of(name).reduce((sum, { count }) => sum + count, 0), errors: of(name).reduce((sum, { errors }) => sum + errors.length, 0) })),
    errors: [...new Set(done.flatMap(({ errors }) => errors))].slice(0, 10),
    signals_delivered: delivered,
    memory_mib: { warm: round(warm.memoryMiB), end: round(end.memoryMiB), slope_per_minute: round(slope) },
    heap_mib: { warm: round(warm.heapMiB), end: round(end.heapMiB) },
    loop_delay_ms: { p99: round(end.loopDelayP99), max: round(end.loopDelayMax) },
    file_descriptors: { warm: warm.descriptors, end: end.descriptors },
    resources: { warm: warm.resources, end: end.resources },
    artifacts, outbox,
  };
}
