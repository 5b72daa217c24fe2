import { fork } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import Database from "better-sqlite3";
import { openStorage, sqliteFile } from "../src/cli/with-storage.ts";
import { systemClock } from "../src/clock.ts";
import { checkConfiguration, type Configuration, type ConfigurationFile, sandboxConfigurationFile } from "../src/config.ts";
import { asIdentifier } from "../src/identifiers.ts";
import { sandboxConfiguration } from "../src/sandbox/sandbox-configuration.ts";
import { createStream } from "../src/signals/index.ts";
import { bridgeStart } from "./bridge-start.ts";
import { type Place, preparePlace } from "./place.ts";
import { populate } from "./population.ts";
import { residentMemory } from "./server-process.ts";
import type { Vitals } from "./servers/soaking-bridge.ts";
import { enrol, redirectUri } from "./signin.ts";
import { actsOf, type Done, goOn, others } from "./soak-load.ts";
import { actsOfPeople, type Receiver, startReceiver } from "./soak-people.ts";

/** A bridge under mixed load for a while, and what became of it. */
export interface SoakReport {
  readonly seconds: number;
  readonly acts: readonly { readonly name: string; readonly count: number; readonly errors: number }[];
  /** Examples. */
  readonly errors: readonly string[];
  readonly events_delivered: number;
  readonly sign_outs_delivered: number;
  /** Resident; the slope by least squares, of the lowest of every quarter of a minute: what lies above it V8 has not collected yet. */
  readonly memory_mib: { readonly warm: number; readonly end: number; readonly slope_per_minute: number };
  /** In use after garbage was collected. */
  readonly retained_mib: { readonly warm: number; readonly end: number; readonly slope_per_minute: number };
  /** Resident besides V8's heap, then. */
  readonly native_mib: { readonly warm: number; readonly end: number };
  readonly loop_delay_ms: { readonly p99: number; readonly max: number };
  readonly file_descriptors: { readonly warm: number; readonly end: number };
  readonly resources: { readonly warm: number; readonly end: number };
  /** Rows of what expires: after the load, and when everything of it has. */
  readonly artifacts: { readonly end: number; readonly expired: number };
  /** What is to be delivered and was not within half a minute after the load. */
  readonly undelivered: number;
}

const month = 31 * 24 * 60 * 60;
const deliveredWithinMs = 30_000;
/** Upkeep runs every 15 seconds, and waits a round when the clock jumped. */
const sweptWithinMs = 60_000;

/** Seconds of the warm-up: a third of all, but no more than caches take to fill. */
const warmUpOf = (seconds: number): number => Math.min(seconds / 3, 60);

/**
 * Soaks a bridge in a process of its own for so many seconds, the warm-up among them.
 * @param leastRest milliseconds between what is done one after another: other work on the machine has a share, too.
 */
export async function soak(seconds: number, leastRest = 0): Promise<SoakReport> {
  const receiver = await startReceiver();
  const place = await preparePlace(redirectUri);
  const configuration = withCrls(place);
  const file = sqliteFile(configuration);
  const storage = await openStorage(configuration);
  const delivery = { method: "push", endpointUrl: `${receiver.origin}/events`, authorization: null } as const;
  await createStream(storage, { clientId: asIdentifier("bench"), settings: { delivery, eventsRequested: null, description: null }, now: systemClock() });
  populate(file, storage.sealing, { count: others, at: systemClock() - 60, entryOf: () => null, connectedWith: { clientId: "bench", sector: new URL(redirectUri).host } });
  const child = fork(new URL("servers/soaking-bridge.ts", import.meta.url), [place.directory], { stdio: ["ignore", "ignore", "inherit", "ipc"], execArgv: ["--expose-gc", ...bridgeStart.execArgv], env: bridgeStart.env });
  await once(child, "message");
  const ask = async (advance = 0): Promise<Vitals> => {
    const answered = once(child, "message");
    child.send({ advance });
    return (await answered)[0] as Vitals;
  };
  const watch = async (): Promise<Watched> => ({ ...(await ask()), at: performance.now(), memoryMiB: residentMemory(child.pid), descriptors: readdirSync(`/proc/${String(child.pid)}/fd`).length });
  const rows = (table: string): number => {
    const database = new Database(file, { readonly: true });
    const count = database.prepare(`SELECT count(*) FROM "${table}"`).pluck().get() as number;
    database.close();
    return count;
  };
  try {
    const acts = [...actsOf(place, await enrol(place), storage), ...(await actsOfPeople(place, storage, receiver))].map((act) => ({ ...act, rest: Math.max(act.rest, leastRest) }));
    const before = await goOn(acts, warmUpOf(seconds));
    const warm = await watch();
    const stop = new AbortController();
    const sampling = sampleMemory(child.pid, stop.signal);
    const during = await goOn(acts, seconds - warmUpOf(seconds));
    stop.abort();
    const samples = await sampling;
    const end = await watch();
    const left = rows("artifact");
    await until(() => rows("outbox") + rows("announcement") === 0, deliveredWithinMs);
    const undelivered = rows("outbox") + rows("announcement");
    await ask(month);
    await until(() => rows("artifact") <= lasting, sweptWithinMs);
    return reportOf({ seconds, done: [...before, ...during], warm, end, slope: slopeOf(lowest(samples)), heard: receiver.heard, artifacts: { end: left, expired: rows("artifact") }, undelivered });
  } finally {
    child.kill();
    await once(child, "exit");
    await storage.close();
    await place.close();
    receiver.close();
  }
}

/** The place's configuration with the stand-in's CRLs in it, which are fetched when there is a notice. */
function withCrls({ directory, issuer, jlis }: Place): Configuration {
  const where = path.join(directory, sandboxConfigurationFile);
  const file = JSON.parse(readFileSync(where, "utf8")) as ConfigurationFile;
  const crls = sandboxConfiguration({ directory, issuer, port: Number(new URL(issuer).port), jlis, resources: [] }).status?.crls ?? [];
  const soaked: ConfigurationFile = { ...file, status: { ...file.status, crls } };
  writeFileSync(where, JSON.stringify(soaked));
  return checkConfiguration(soaked, directory, "sandbox");
}

async function until(reached: () => boolean, withinMs: number): Promise<void> {
  for (const end = Date.now() + withinMs; Date.now() < end && !reached();) await setTimeout(500);
}

/** Leases, notices and the names of keys, which are written anew and again. */
const lasting = 10;

type Watched = Vitals & { readonly at: number; readonly memoryMiB: number; readonly descriptors: number };
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

/** Of every quarter of a minute. */
const lowest = (samples: readonly Sample[]): Sample[] =>
  [...Map.groupBy(samples, ([minutes]) => Math.floor(minutes * 4)).values()].flatMap((quarter) => quarter.toSorted(([, one], [, other]) => one - other).slice(0, 1));

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
  readonly heard: Receiver["heard"];
  readonly artifacts: SoakReport["artifacts"];
  readonly undelivered: number;
}

function reportOf({ seconds, done, warm, end, slope, heard, artifacts, undelivered }: Seen): SoakReport {
  const round = (value: number): number => Math.round(value * 100) / 100;
  const names = [...new Set(done.map(({ name }) => name))];
  const of = (name: string): readonly Done[] => done.filter((each) => each.name === name);
  return {
    seconds,
    acts: names.map((name) => ({ name, count: of(name).reduce((sum, { count }) => sum + count, 0), errors: of(name).reduce((sum, { errors }) => sum + errors.length, 0) })),
    errors: [...new Set(done.flatMap(({ errors }) => errors))].slice(0, 10),
    events_delivered: heard.events, sign_outs_delivered: heard.signOuts,
    memory_mib: { warm: round(warm.memoryMiB), end: round(end.memoryMiB), slope_per_minute: round(slope) },
    retained_mib: { warm: round(warm.retainedMiB), end: round(end.retainedMiB), slope_per_minute: round((end.retainedMiB - warm.retainedMiB) / ((end.at - warm.at) / 60_000)) },
    native_mib: { warm: round(warm.nativeMiB), end: round(end.nativeMiB) },
    loop_delay_ms: { p99: round(end.loopDelayP99), max: round(end.loopDelayMax) },
    file_descriptors: { warm: warm.descriptors, end: end.descriptors },
    resources: { warm: warm.resources, end: end.resources },
    artifacts, undelivered,
  };
}
