import { setImmediate } from "node:timers/promises";
import type { Fetch } from "./bounded-fetch.ts";
import type { StatusSubject } from "./certificate-status.ts";
import { createCoalescer } from "./coalesce.ts";
import { type CrlLocation, crlFetcher, type FetchCrl } from "./crl-fetch.ts";
import { createCrlFiles } from "./crl-files.ts";
import { type Admission, createCrlShelf, issuerKey } from "./crl-shelf.ts";
import type { SourceHealth } from "./status-counters.ts";
import { equalBytes } from "../bytes.ts";
import type { ErrorCode, Refused, Verdict } from "../errors.ts";
import type { Certificate } from "../pki/certificate.ts";
import { maximumCrlLength } from "../pki/crl.ts";
import { finalOnesMissing } from "../pki/crl-entries.ts";
import { refusalOfCrlTime, type VerifiedCrl } from "../pki/crl-verification.ts";

/** A published CRL the operator has listed. Its distribution point is learnt from the signed CRL itself. */
export interface CrlSource {
  readonly location: CrlLocation;
  /** The pinned authority that signs it. */
  readonly issuer: Certificate;
  /** Seconds after which a new one is looked for, though the old one is still current. An hour by default. */
  readonly refreshSeconds?: number;
}

export interface CrlStoreOptions {
  readonly sources: readonly CrlSource[];
  readonly fetch: Fetch;
  readonly maximumBytes?: number;
  /** Where CRLs are kept between two starts; without it they are fetched anew. */
  readonly directory?: string;
  /** For one CRL, whoever waits for it. */
  readonly fetchDeadlineMs?: number;
  /** Seconds between two attempts at a source that fails. */
  readonly retrySeconds?: number;
  /** Told of every CRL that was kept from an earlier start, and of each new one. Must not throw. */
  readonly onAdopted?: CrlListener;
}

/** @param issuer - the authority whose key signed the CRL. */
export type CrlListener = (crl: VerifiedCrl, issuer: Certificate) => void;

export interface CrlStore {
  /** The current CRL for the certificate, fetched when due; waits for that no longer than `signal` allows. */
  find(subject: StatusSubject, now: number, signal: AbortSignal): Promise<Verdict<VerifiedCrl>>;
  /** Looks at every source that is due, and whether a file has changed. */
  refresh(now: number): Promise<void>;
  /** Looks at every source: somebody says that there is something new. */
  refreshAll(now: number): Promise<void>;
  lists(issuer: Certificate, serialNumber: Uint8Array): boolean;
  hasCurrent(now: number): boolean;
  snapshot(): CrlStoreSnapshot;
}

/** Facts for metrics: nothing in them names a person. */
export interface CrlStoreSnapshot {
  readonly crls: readonly { readonly number: string | null; readonly thisUpdate: number; readonly nextUpdate: number | null; readonly entries: number }[];
  /** Sources in the order of the configuration; those that were asked. */
  readonly crlSources: readonly SourceHealth[];
  /** Final revocations that were on a CRL and not on its successor. Each is a matter for the operator. */
  readonly vanishedRevocations: number;
  /** CRLs that could not be kept for the next start. */
  readonly unsavedCrls: number;
  /** Attempts at a source that brought no CRL worth keeping, by code. */
  readonly crlFailures: Readonly<Partial<Record<ErrorCode, number>>>;
}

interface SourceState {
  readonly name: string;
  /** What its file is kept under. */
  readonly fileKey: string;
  readonly fetchCrl: FetchCrl;
  readonly isFile: boolean;
  readonly issuer: Certificate;
  readonly refreshSeconds: number;
  attemptedAt: number | null;
  /** When it was last read without a failure, whether it brought anything new or not. */
  answeredAt: number | null;
  crl: VerifiedCrl | null;
  /** Why the last attempt failed, `null` when it did not. */
  failure: Refused | null;
}

const parallelFetches = 4;

/** CRLs of the listed sources, in memory. A source that fails or lies leaves what was known as it was. */
export function createCrlStore(options: CrlStoreOptions): CrlStore {
  const { maximumBytes = maximumCrlLength, fetchDeadlineMs = 120_000, retrySeconds = 10 } = options;
  const shelf = createCrlShelf();
  const fetches = createCoalescer<void>();
  const failures: Partial<Record<ErrorCode, number>> = {};
  const files = options.directory === undefined || options.sources.length === 0 ? null : createCrlFiles(options.directory);
  let [vanished, unsaved] = [0, 0];
  const sources: readonly SourceState[] = options.sources.map((source, index) => {
    const fileKey = `${issuerKey(source.issuer)} ${JSON.stringify(source.location)}`;
    const saved = files?.load(fileKey) ?? null;
    const restored = saved === null ? null : shelf.restore(saved.crl, source.issuer);
    if (restored !== null) options.onAdopted?.(restored, source.issuer);
    return {
      name: String(index),
      fileKey,
      fetchCrl: crlFetcher(source.location, options.fetch, maximumBytes),
      isFile: "file" in source.location,
      issuer: source.issuer,
      refreshSeconds: source.refreshSeconds ?? 3600,
      attemptedAt: saved?.fetchedAt ?? null,
      answeredAt: saved?.fetchedAt ?? null,
      crl: restored,
      failure: null,
    };
  });

  const isDue = ({ attemptedAt, crl, refreshSeconds }: SourceState, now: number): boolean => {
    // A clock set back must not keep a source unasked.
    if (attemptedAt === null || attemptedAt > now) return true;
    if (now - attemptedAt < Math.min(retrySeconds, refreshSeconds)) return false;
    return crl === null || now - attemptedAt >= refreshSeconds || refusalOfCrlTime(crl, now) !== null;
  };

  async function load(source: SourceState, now: number): Promise<void> {
    source.attemptedAt = now;
    const verdict = await fetchAndTake(source, now);
    source.failure = verdict.valid ? null : verdict;
    if (verdict.valid) source.answeredAt = now;
    else failures[verdict.code] = (failures[verdict.code] ?? 0) + 1;
  }

  async function fetchAndTake(source: SourceState, now: number): Promise<Verdict<unknown>> {
    const fetched = await source.fetchCrl(AbortSignal.timeout(fetchDeadlineMs));
    if (!fetched.valid || fetched.value === null) return fetched;
    const admitted = shelf.admit(fetched.value.crl, source.issuer, now);
    if (!admitted.valid) return admitted;
    await take(source, admitted.value, now);
    fetched.value.taken();
    return admitted;
  }

  async function take(source: SourceState, { crl, replaced }: Admission, now: number): Promise<void> {
    source.crl = crl;
    if (replaced !== null && equalBytes(replaced.digest, crl.digest)) return;
    options.onAdopted?.(crl, source.issuer);
    if (replaced !== null) vanished += await countVanished(replaced, crl);
    const saved = await files?.save(source.fileKey, { crl, fetchedAt: now });
    if (saved === false) unsaved += 1;
  }

  async function loadAll(due: readonly SourceState[], now: number): Promise<void> {
    const waiting = [...due];
    const work = async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const source = next;
        await fetches.run(source.name, () => load(source, now));
      }
    };
    await Promise.all(Array.from({ length: parallelFetches }, work));
  }

  return {
    async find(subject, now, signal) {
      const held = shelf.find(subject, now);
      const key = issuerKey(subject.issuer);
      const concerned = sources.filter(
        ({ issuer, crl }) => issuerKey(issuer) === key && (!held.valid || crl === null || crl === held.value),
      );
      const due = concerned.filter((source) => isDue(source, now) || fetches.isRunning(source.name));
      if (due.length > 0) await Promise.race([loadAll(due, now), aborted(signal)]);
      const found = due.length > 0 ? shelf.find(subject, now) : held;
      // Why the source failed says more to the operator than that nothing is there.
      return found.valid ? found : (concerned.find(({ failure }) => failure !== null)?.failure ?? found);
    },
    // A look at a file costs nothing while it is what it was.
    refresh: (now) => loadAll(sources.filter((source) => isDue(source, now) || (source.isFile && source.failure === null)), now),
    async refreshAll(now) {
      // What is under way may have begun before the new one was there.
      await loadAll(sources.filter(({ name }) => fetches.isRunning(name)), now);
      await loadAll(sources, now);
    },
    lists: (issuer, serialNumber) => shelf.lists(issuer, serialNumber),
    hasCurrent: (now) => shelf.all().some((crl) => refusalOfCrlTime(crl, now) === null),
    snapshot: () => ({
      crls: shelf.all().map(({ number, thisUpdate, nextUpdate, entries }) => ({
        number: number === null ? null : number.toString(),
        thisUpdate,
        nextUpdate,
        entries: entries.revoked.size,
      })),
      crlSources: sources.flatMap(({ attemptedAt, answeredAt, failure }, index) => (attemptedAt === null ? [] : [{ index, up: failure === null, answeredAt }])),
      vanishedRevocations: vanished,
      unsavedCrls: unsaved,
      crlFailures: { ...failures },
    }),
  };
}

const entriesAtOnce = 20_000;

/** In parts, so that nobody waits for it. */
async function countVanished(replaced: VerifiedCrl, successor: VerifiedCrl): Promise<number> {
  const [before, after] = [replaced.entries.revoked.table, successor.entries.revoked.table];
  let vanished = 0;
  for (let from = 0; from < before.size; from += entriesAtOnce) {
    vanished += finalOnesMissing(before, after, from, from + entriesAtOnce);
    await setImmediate();
  }
  return vanished;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
