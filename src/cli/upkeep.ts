import type { Configuration } from "../config.ts";
import { sweepEnrolments } from "../enrolment/index.ts";
import { createEndedEvidenceSweep, giveNotices, sweepAttributes, sweepErased, sweepReviews, sweepStatusAnswers, tellModelChanges } from "../people/index.ts";
import { createRecheck, keyAlgorithms, type ProviderPorts, rotateDueCookieKeys, rotateDueKeys } from "../provider/index.ts";
import { sweepInactiveStreams, sweepOutbox } from "../signals/index.ts";
import { createLease, createReceiptKeyRotation, type Storage } from "../storage/index.ts";
import { createClockWatch } from "./clock-jumps.ts";

export interface UpkeepParts {
  readonly ports: ProviderPorts;
  readonly refreshKeys: () => Promise<void>;
  /** Told after each round whether this process holds the lease of what is done for all. */
  readonly onLease?: (holds: boolean) => void;
  /** Days for which a signing key of the provider signs; null: until an operator rotates. */
  readonly rotateEvery: number | null;
  /** Seconds after which the status of people who do not come back is asked for again; null for never. */
  readonly recheckSeconds: number | null;
  /** In seconds; null for ever. */
  readonly retention: Readonly<Configuration["retention"]>;
}

interface Job {
  readonly name: string;
  readonly run: () => Promise<unknown>;
}

const everyMs = 15_000;
/** Seconds after which another process takes over from a leader that is gone. */
const leaseSeconds = 60;
/** Rows that are swept at once. */
const piece = 500;

/**
 * What has to be done again and again: in every process what is its own, and in one of those that share
 * the database what is done for all. Each of these goes at its own pace, so that none waits for what takes
 * another long. A job that fails leaves the others alone and is tried again; in a round in which the clock
 * jumps the rest of those that end something wait.
 * @returns what stops it, and waits for what is under way, but not for all that it would go on with.
 */
export function startUpkeep(parts: UpkeepParts): () => Promise<void> {
  const { log, clock, storage } = parts.ports;
  const closing = new AbortController();
  const lease = createLease(storage.artifacts, "upkeep", leaseSeconds);
  const runAll = async (jobs: readonly Job[], mayRun: () => boolean = () => true): Promise<void> => {
    for (const { name, run } of jobs) {
      if (closing.signal.aborted || !mayRun()) return;
      try {
        await run();
      } catch (error) {
        if (closing.signal.aborted) return;
        log.error({ kind: error instanceof Error ? error.name : "unknown", job: name }, "upkeep failed");
      }
    }
  };
  const holds = async (): Promise<boolean> => {
    const held = await lease.hold(clock());
    parts.onLease?.(held);
    return held;
  };
  const whileSteady = (round: (isSteady: () => boolean) => Promise<void>): (() => Promise<void>) => {
    const isSteady = createClockWatch(clock);
    return async () => {
      let hasJumped = false;
      await round(() => !(hasJumped ||= !isSteady()));
      if (hasJumped) log.warn({}, "the clock jumped: upkeep waits for the next round");
    };
  };
  const own = ownJobs(parts, closing.signal);
  const shared = sharedJobs({ ...parts, ports: { ...parts.ports, storage: writableUntil(storage, closing.signal) } });
  const stops = [
    ...takingUpJobs(parts).map((job) => again(() => runAll([job]))),
    again(whileSteady((isSteady) => runAll(own, isSteady))),
    again(whileSteady((isSteady) => runAll([{ name: "lease", run: async () => ((await holds()) ? runAll(shared, isSteady) : undefined) }], isSteady))),
  ];
  return async () => {
    closing.abort();
    await Promise.all(stops.map((stop) => stop()));
    await lease.release(clock());
  };
}

/** Runs it every so often, never twice at a time. @returns what stops it, and waits for what is under way. */
function again(round: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null;
  const timer = setInterval(() => {
    running ??= round().finally(() => (running = null));
  }, everyMs);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await running;
  };
}

/** Refuses what would be written later: whoever goes through many, some in each transaction, stops there. All of them may be interrupted. */
function writableUntil(storage: Storage, closing: AbortSignal): Storage {
  return {
    ...storage,
    transaction: async (work) => {
      closing.throwIfAborted();
      return storage.transaction(work);
    },
  };
}

/** What ends nothing, and so waits for no clock. */
function takingUpJobs({ ports: { storage }, refreshKeys }: UpkeepParts): Job[] {
  return [
    { name: "keys", run: refreshKeys },
    { name: "receipt key", run: () => storage.receiptSigner.takeUpNewest() },
    { name: "sealing key", run: () => storage.sealed.noteCurrentKey() },
    { name: "digest keys", run: () => noteDigestKeys(storage) },
  ];
}

/** @throws where another process has a digest key that is not here: then nobody is looked up here. */
async function noteDigestKeys({ digests }: Storage): Promise<void> {
  if (!(await digests.noteKeys())) throw new Error("a digest key is missing");
}

/** What every process does for itself. */
function ownJobs({ ports: { storage, clock } }: UpkeepParts, closing: AbortSignal): Job[] {
  const inPieces = async (sweep: (now: number, limit: number) => Promise<number>): Promise<void> => {
    while (!closing.aborted && (await sweep(clock(), piece)) === piece);
  };
  return [
    { name: "artifacts", run: () => inPieces(storage.artifacts.sweep) },
    { name: "rate counters", run: () => inPieces(storage.rateCounters.sweep) },
  ];
}

function sharedJobs({ ports, rotateEvery, recheckSeconds, retention }: UpkeepParts): Job[] {
  const { storage, clock, assurance, metadata } = ports;
  const recheck = recheckSeconds === null ? null : createRecheck(ports, recheckSeconds);
  return [
    { name: "outbox", run: () => sweepOutbox(storage, clock()) },
    { name: "enrolments", run: () => sweepEnrolments(storage, clock()) },
    { name: "attributes", run: () => sweepAttributes(storage, clock()) },
    { name: "streams", run: () => sweepInactiveStreams(storage, clock()) },
    { name: "expiries", run: () => giveNotices(storage, assurance, clock()) },
    { name: "models", run: () => tellModelChanges(storage, assurance, { compromised: metadata.compromised(clock()), statusOf: (aaguid) => metadata.statusOf(aaguid, clock()) }, clock()) },
    ...(rotateEvery === null ? [] : rotationJobs(ports, rotateEvery * 86_400)),
    ...retentionJobs(ports, retention),
    ...(recheck === null ? [] : [{ name: "recheck", run: () => recheck.run() }]),
  ];
}

/** Keys in a token are rotated by whoever makes them there. */
function rotationJobs({ storage, clock, token }: ProviderPorts, rotateEvery: number): Job[] {
  const made = keyAlgorithms.filter((algorithm) => token?.places[algorithm] === undefined);
  return [
    { name: "key rotation", run: () => rotateDueKeys(storage, made, rotateEvery, clock()) },
    { name: "receipt key rotation", run: createReceiptKeyRotation(storage, rotateEvery, clock) },
    { name: "cookie key rotation", run: () => rotateDueCookieKeys(storage, rotateEvery, clock()) },
  ];
}

/** Forgets what was kept for long enough. */
function retentionJobs({ storage, clock, log }: ProviderPorts, retention: UpkeepParts["retention"]): Job[] {
  const sweepEnded = createEndedEvidenceSweep(storage);
  const job = (name: string, seconds: number | null, sweep: (before: number) => Promise<unknown>): Job[] => (seconds === null ? [] : [{ name, run: () => sweep(clock() - seconds) }]);
  return [
    ...job("status answers", retention.status_answers, (before) => sweepStatusAnswers(storage, before)),
    ...job("erased people", retention.receipts_of_erased, async (before) => {
      const { refused, failures } = await sweepErased(storage, before, clock());
      if (refused > 0) log.error({ people: refused }, "people whose row says that they were erased, and no receipt does: somebody wrote to the database");
      if (failures.length > 0) throw new AggregateError(failures, `${failures.length} erased people were not forgotten`);
    }),
    ...job("ended certificates", retention.ended_certificates, (before) => sweepEnded(before, clock())),
    { name: "reviews", run: () => sweepReviews(storage, clock()) },
  ];
}
