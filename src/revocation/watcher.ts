import type { CertificateStatus, StatusSource } from "./certificate-status.ts";
import { issuerKey } from "./crl-shelf.ts";
import { type AdoptedCrl, statusByCrl, statusOfUnlisted } from "./watch-decisions.ts";
import { equalBytes } from "../bytes.ts";
import type { Clock } from "../clock.ts";
import { orThrow } from "../errors.ts";
import type { Logger } from "../log.ts";
import { type Certificate, parseCertificate } from "../pki/certificate.ts";
import { scopeText } from "../pki/crl-delta.ts";
import type { VerifiedCrl } from "../pki/crl-verification.ts";
import type { BoundEvidence, CertificateList, Comparison } from "../storage/index.ts";

/** The evidence of all people, to compare and to record. */
export interface WatchedEvidence {
  /** Rejects when `signal` aborts. */
  compare(lists: readonly CertificateList[], signal: AbortSignal): Promise<Comparison>;
  /** DER; `null` when the evidence is gone. */
  certificateOf(evidence: BoundEvidence): Promise<Uint8Array | null>;
  /** In one transaction with all that ends by it. */
  record(evidence: BoundEvidence, status: CertificateStatus): Promise<"unchanged" | "refreshed" | "fell">;
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
  readonly comparisons: number;
  readonly failures: number;
  /** Evidence that fell, and evidence whose hold was lifted. */
  readonly fell: number;
  readonly released: number;
  /** What the last comparison took, everything recorded; `null` before the first. */
  readonly lastMilliseconds: number | null;
}

/**
 * Whoever's certificate falls loses their level at once: each new CRL is compared with the evidence of
 * all people. A revocation or hold counts by the CRL's own word; a hold is lifted only when the status
 * sources, asked anew, call the certificate good.
 */
export function createWatcher({ evidence, status, clock, log }: WatcherOptions): Watcher {
  const waiting = new Map<string, AdoptedCrl>();
  const closing = new AbortController();
  const counts = { comparisons: 0, failures: 0, fell: 0, released: 0 };
  let lastMilliseconds: number | null = null;
  let running: Promise<void> | null = null;
  let timer: NodeJS.Timeout | null = null;

  async function compareAll(adopted: readonly AdoptedCrl[]): Promise<void> {
    const lists = adopted.map(({ crl, issuer }) => ({ issuers: namesOf(crl, issuer), table: crl.entries.revoked.table }));
    const { listed, unlisted } = await evidence.compare(lists, closing.signal);
    const failures: unknown[] = [];
    const settle = async (bound: BoundEvidence, statusOf: (certificate: Certificate) => Promise<CertificateStatus | null>) => {
      closing.signal.throwIfAborted();
      // Whatever is wrong with one person's evidence must not keep the others'.
      await settleOne(bound, statusOf).catch((error: unknown) => failures.push(error));
    };
    for (const bound of listed) await settle(bound, async (certificate) => statusByCrl(adopted[bound.list], certificate, clock()));
    for (const bound of unlisted) await settle(bound, (certificate) => statusOfUnlisted(adopted, certificate, status, clock()));
    if (failures.length > 0) throw failures[0];
  }

  async function settleOne(bound: BoundEvidence, statusOf: (certificate: Certificate) => Promise<CertificateStatus | null>): Promise<void> {
    const der = await evidence.certificateOf(bound);
    if (der === null) return;
    const found = await statusOf(orThrow(parseCertificate(der)));
    const change = found === null ? "unchanged" : await evidence.record(bound, found);
    if (change === "fell") counts.fell += 1;
    if (change === "refreshed" && found?.status === "good") counts.released += 1;
  }

  async function runOnce(): Promise<void> {
    const taken = new Map(waiting);
    waiting.clear();
    const begun = performance.now();
    try {
      await compareAll([...taken.values()]);
      counts.comparisons += 1;
      lastMilliseconds = Math.round(performance.now() - begun);
      log.info({ crls: taken.size, milliseconds: lastMilliseconds }, "evidence compared with new CRLs");
    } catch (error) {
      for (const [key, adopted] of taken) if (!waiting.has(key)) waiting.set(key, adopted);
      if (closing.signal.aborted) return;
      counts.failures += 1;
      log.error({ kind: error instanceof Error ? error.name : "unknown" }, "comparing evidence with new CRLs failed");
    }
  }

  const hasWork = (): boolean => waiting.size > 0 && !closing.signal.aborted;
  async function runAll(): Promise<void> {
    const failuresBefore = counts.failures;
    while (hasWork() && counts.failures === failuresBefore) await runOnce();
    running = null;
  }
  const run = async (): Promise<void> => {
    if (running === null && hasWork()) running = runAll();
    await running;
  };

  return {
    add(crl, issuer) {
      waiting.set(`${issuerKey(issuer)} ${scopeText(crl.issuingDistributionPoint, crl.issuer)}`, { crl, issuer });
      if (timer !== null) void run();
    },
    run,
    start(seconds = 60) {
      timer = setInterval(() => void run(), seconds * 1000);
      timer.unref();
      void run();
    },
    snapshot: () => ({ waiting: waiting.size, ...counts, lastMilliseconds }),
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
