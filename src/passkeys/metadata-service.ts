import type { Clock } from "../clock.ts";
import type { Verdict } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { Storage } from "../storage/index.ts";
import { type MetadataBlob, type MetadataTrust, readMetadataBlob } from "./metadata-blob.ts";
import { keepMetadata, readKeptMetadata } from "./metadata-file.ts";
import { lastTaken, recordAdoption, recordModelChanges, refusalOfNumber } from "./metadata-receipts.ts";
import { type AuthenticatorMetadata, isStale, metadataFrom } from "./metadata.ts";

export interface MetadataOptions {
  /** The BLOB as it is published now; reads no more than `maximumMetadataOctets`. */
  readonly read: (signal: AbortSignal) => Promise<Verdict<Uint8Array>>;
  readonly trust: MetadataTrust;
  /** Where the BLOB is kept for the next start. */
  readonly file: string;
  /** Seconds after which another BLOB is looked for. */
  readonly refresh: number;
  /** Seconds for which metadata is used after the day on which the next BLOB was to be published. */
  readonly grace: number;
  readonly storage: Storage;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface MetadataService extends AuthenticatorMetadata {
  /** Takes the BLOB that was kept: a start needs no network. */
  load(): Promise<void>;
  /** Looks for a newer BLOB now. What is refused leaves the present one in place. */
  refresh(): Promise<void>;
  /** From now on a newer BLOB is looked for. @returns what stops it, and waits for what is under way. */
  start(): () => Promise<void>;
  snapshot(): MetadataSnapshot;
}

/** Facts for metrics. */
export interface MetadataSnapshot {
  /** Number of the present BLOB, and when the next is due; `null` when there is none. */
  readonly current: { readonly number: number; readonly nextUpdate: number; readonly models: number } | null;
  readonly stale: boolean;
  /** Code of the last refusal; `null` when the last attempt brought a good BLOB. */
  readonly refused: string | null;
}

const fetchDeadlineMs = 120_000;
const retrySeconds = 600;

/** Metadata of the FIDO Metadata Service: read, verified, kept beside the database and swapped whole. */
export function createMetadataService(options: MetadataOptions): MetadataService {
  const { storage, clock, log, grace } = options;
  let current: MetadataBlob | null = null;
  let refused: string | null = null;
  let running: Promise<void> | null = null;
  const closing = new AbortController();
  const metadata = metadataFrom(() => current, grace);

  async function take(octets: Uint8Array, isKept: boolean): Promise<Verdict<MetadataBlob>> {
    const blob = readMetadataBlob(octets, options.trust, clock());
    if (!blob.valid) return blob;
    const refusal = refusalOfNumber(await lastTaken(storage.read), blob.value);
    if (refusal !== null) return refusal;
    // Kept before it is written down: the other way round, a crash between would leave a start without any.
    if (!isKept && blob.value.digest !== current?.digest && !(await keepMetadata(options.file, octets))) log.error({}, "FIDO metadata could not be kept for the next start");
    return (await recordAdoption(storage, blob.value, clock())) ?? blob;
  }

  async function adopt(source: Verdict<Uint8Array>, isKept: boolean): Promise<void> {
    const taken = source.valid ? await take(source.value, isKept) : source;
    refused = taken.valid ? null : taken.code;
    if (taken.valid) current = taken.value;
    else log.error({ refusal: taken.code, at: taken.at }, "FIDO metadata was not taken");
    if (current !== null && isStale(current, grace, clock())) log.error({ blob: current.number }, "FIDO metadata is stale: the next BLOB has not come");
    await tellChanges();
  }

  async function tellChanges(): Promise<void> {
    if (current === null) return;
    const now = clock();
    const changes = await recordModelChanges(storage, metadata.compromised(now), (aaguid) => metadata.statusOf(aaguid, now), now);
    if (changes.length > 0) log.warn({ changes }, "FIDO metadata calls models of authenticators otherwise than before");
  }

  async function refreshOnce(): Promise<void> {
    try {
      await adopt(await options.read(AbortSignal.any([closing.signal, AbortSignal.timeout(fetchDeadlineMs)])), false);
    } catch (error) {
      refused = "internal_error";
      log.error({ kind: error instanceof Error ? error.name : "unknown" }, "looking for FIDO metadata failed");
    } finally {
      running = null;
    }
  }
  const refresh = (): Promise<void> => (running ??= refreshOnce());

  return {
    ...metadata,
    refresh,
    async load() {
      const kept = await readKeptMetadata(options.file);
      if (kept !== null) await adopt(kept, true);
    },
    start() {
      let timer: NodeJS.Timeout | null = null;
      let stopped = false;
      const next = async (): Promise<void> => {
        await refresh();
        if (stopped) return;
        timer = setTimeout(() => void next(), 1000 * (refused === null ? options.refresh : Math.min(options.refresh, retrySeconds)));
        timer.unref();
      };
      void next();
      return async () => {
        stopped = true;
        closing.abort();
        if (timer !== null) clearTimeout(timer);
        await running;
      };
    },
    snapshot: () => ({
      current: current === null ? null : { number: current.number, nextUpdate: current.nextUpdate, models: current.models.size },
      stale: current !== null && isStale(current, grace, clock()),
      refused,
    }),
  };
}
