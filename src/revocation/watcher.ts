import type { StatusSource } from "./certificate-status.ts";
import { issuerKey } from "./crl-shelf.ts";
import { inBatches, settleBatch, type SettledEvidence, type StatusOf } from "./settling.ts";
import { type AdoptedCrl, statusByCrl, statusByCrls, statusOfUnlisted } from "./watch-decisions.ts";
import { equalBytes } from "../bytes.ts";
import type { Clock } from "../clock.ts";
import type { EvidenceId } from "../identifiers.ts";
import type { Logger } from "../log.ts";
import type { Certificate } from "../pki/certificate.ts";
import { scopeText } from "../pki/crl-delta.ts";
import type { VerifiedCrl } from "../pki/crl-verification.ts";
import type { BoundEvidence, CertificateList, Comparison } from "../storage/index.ts";

/** The evidence of all people, to compare and to record. */
export interface WatchedEvidence extends SettledEvidence {
  /** Rejects when `signal` aborts. */
  compare(lists: readonly CertificateList[], signal: AbortSignal): Promise<Comparison>;
}

export interface WatcherOptions {
  readonly evidence: WatchedEvidence;
  /** Must agree before a hold is lifted. */
  readonly status: StatusSource;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface Watcher {
  /** Takes a CRL that has just been adopted; a newer one of its scope takes its place while it waits. */
  add(crl: VerifiedCrl, issuer: Certificate): void;
  /**
   * Looks for evidence that has just been committed on the newest CRLs: one may have come after its status
   * was asked for, and been compared before it was there. Never rejects; what fails waits for the next run.
   */
  recheck(bound: BoundEvidence): Promise<void>;
  /** Compares what waits, one comparison at a time. What fails waits for the next time. */
  run(): Promise<void>;
  /** From now on what is added is compared at once, and what failed every `seconds`. */
  start(seconds?: number): void;
  snapshot(): WatcherSnapshot;
  /** Ends a comparison under way; what it had not recorded is found again after the next start. */
  close(): Promise<void>;
}

/** Facts for metrics: nothing in them names a person. */
export interface WatcherSnapshot {
  /** CRLs that are still to be compared. */
  readonly waiting: number;
  /** Evidence that could not be read or recorded, and is tried again. */
  readonly unsettled: number;
  readonly comparisons: number;
  /** Comparisons that failed, and pieces of evidence that did. */
  readonly failures: number;
  /** Evidence that fell, and evidence whose hold was lifted. */
  readonly fell: number;
  readonly released: number;
  /** What the last comparison took, everything recorded; `null` before the first. */
  readonly lastMilliseconds: number | null;
}

/** Evidence that is recorded in one transaction: whoever signs in meanwhile waits for no more. */
const batchSize = 25;

/**
 * Whoever's certificate falls loses their level at once: each new CRL is compared with the evidence of
 * all people. A revocation or hold counts by the CRL's own word; a hold is lifted only when the status
 * sources, asked anew, call the certificate good.
 */
export function createWatcher({ evidence, status, clock, log }: WatcherOptions): Watcher {
  /** The newest CRL of each scope, and the scopes that wait. */
  const newest = new Map<string, AdoptedCrl>();
  const waiting = new Set<string>();
  const unsettled = new Map<EvidenceId, BoundEvidence>();
  const closing = new AbortController();
  const counts = { comparisons: 0, failures: 0, fell: 0, released: 0 };
  let lastMilliseconds: number | null = null;
  let running: Promise<void> | null = null;
  let timer: NodeJS.Timeout | null = null;

  /** What fails waits for the next run. */
  async function settle<Bound extends BoundEvidence>(all: readonly Bound[], together: number, statusOf: StatusOf<Bound>): Promise<void> {
    const failures: unknown[] = [];
    for (const batch of inBatches(all, together)) {
      if (closing.signal.aborted) return;
      const { fell, released, failed } = await settleBatch(evidence, batch, statusOf);
      counts.fell += fell;
      counts.released += released;
      for (const { bound, error } of failed) {
        failures.push(error);
        unsettled.set(bound.evidenceId, bound);
      }
    }
    if (failures.length === 0) return;
    counts.failures += failures.length;
    log.error({ kind: kindOf(failures[0]), evidence: failures.length }, "evidence could not be read or recorded");
  }

  async function settleAgain(): Promise<void> {
    const again = [...unsettled.values()];
    unsettled.clear();
    const crls = [...newest.values()];
    await settle(again, batchSize, async (certificate) => statusByCrls(crls, certificate, clock()));
    const read = again.filter(({ evidenceId }) => !unsettled.has(evidenceId));
    await settle(read, 1, (certificate) => statusOfUnlisted(crls, certificate, status, clock()));
  }

  async function compareAll(adopted: readonly AdoptedCrl[]): Promise<void> {
    const begun = performance.now();
    const lists = adopted.map(({ crl, issuer }) => ({ issuers: namesOf(crl, issuer), table: crl.entries.revoked.table }));
    const { listed, held } = await evidence.compare(lists, closing.signal);
    await settle(listed, batchSize, async (certificate, { list }) => statusByCrl(adopted[list], certificate, clock()));
    // Each waits for the sources, and so for itself alone.
    await settle(held, 1, (certificate) => statusOfUnlisted(adopted, certificate, status, clock()));
    closing.signal.throwIfAborted();
    counts.comparisons += 1;
    lastMilliseconds = Math.round(performance.now() - begun);
    log.info({ crls: adopted.length, milliseconds: lastMilliseconds }, "evidence compared with new CRLs");
  }

  /** Whether it did not fail. */
  async function compareWaiting(): Promise<boolean> {
    const scopes = [...waiting];
    waiting.clear();
    try {
      await compareAll(scopes.flatMap((scope) => newest.get(scope) ?? []));
      return true;
    } catch (error) {
      for (const scope of scopes) waiting.add(scope);
      if (closing.signal.aborted) return false;
      counts.failures += 1;
      log.error({ kind: kindOf(error) }, "comparing evidence with new CRLs failed");
      return false;
    }
  }

  async function runAll(): Promise<void> {
    await settleAgain();
    while (waiting.size > 0 && !closing.signal.aborted && (await compareWaiting()));
    running = null;
  }
  const run = async (): Promise<void> => {
    if (!closing.signal.aborted) running ??= runAll();
    await running;
  };

  return {
    add(crl, issuer) {
      const scope = `${issuerKey(issuer)} ${scopeText(crl.issuingDistributionPoint, crl.issuer)}`;
      newest.set(scope, { crl, issuer });
      waiting.add(scope);
      if (timer !== null) void run();
    },
    recheck: (bound) => settle([bound], 1, async (certificate) => statusByCrls([...newest.values()], certificate, clock())),
    run,
    start(seconds = 60) {
      timer = setInterval(() => void run(), seconds * 1000);
      timer.unref();
      void run();
    },
    snapshot: () => ({ waiting: waiting.size, unsettled: unsettled.size, ...counts, lastMilliseconds }),
    async close() {
      closing.abort();
      if (timer !== null) clearInterval(timer);
      await running;
    },
  };
}

/** The issuer's name as the CRL writes it, and as its own certificate does: certificates may write it either way. */
function namesOf(crl: VerifiedCrl, issuer: Certificate): readonly Uint8Array[] {
  return equalBytes(crl.issuer.der, issuer.subject.der) ? [crl.issuer.der] : [crl.issuer.der, issuer.subject.der];
}

/** What went wrong, without its words: they may name a person. */
const kindOf = (error: unknown): string => (error instanceof Error ? error.name : "unknown");
