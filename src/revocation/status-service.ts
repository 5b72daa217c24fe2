import type { Fetch } from "./bounded-fetch.ts";
import type { CertificateStatus, CheckOptions, StatusSource, StatusSubject } from "./certificate-status.ts";
import { createCoalescer } from "./coalesce.ts";
import { type CrlSource, createCrlStore, type CrlStoreSnapshot } from "./crl-store.ts";
import { createOcspClient, type OcspResponder } from "./ocsp-client.ts";
import { createStatusCache } from "./status-cache.ts";
import { createStatusCounters, type StatusCounts } from "./status-counters.ts";
import { concatBytes } from "../bytes.ts";
import { type Clock, systemClock } from "../clock.ts";
import { accept, type ErrorCode, refuse, type Verdict } from "../errors.ts";
import { lookUp } from "../pki/crl-verification.ts";
import { sha256Base64Url } from "../pki/digest.ts";
import type { OcspStatus } from "../pki/ocsp-response.ts";

export interface StatusServiceOptions {
  /** In the order in which they are asked. */
  readonly responders: readonly OcspResponder[];
  readonly crls: readonly CrlSource[];
  readonly fetch?: Fetch;
  readonly clock?: Clock;
  /** For all sources together. */
  readonly totalDeadlineMs?: number;
  /** Longest time for which a good answer is used again; never past its nextUpdate. */
  readonly goodCacheSeconds?: number;
}

export interface StatusService extends StatusSource {
  /** False while checks end without an answer, or when there is nothing to ask. */
  ready(): boolean;
  /** Fetches the CRLs that are due, so that no person waits for them. */
  refresh(): Promise<void>;
  /** Refreshes now and every `seconds` until the returned function is called. */
  start(seconds?: number): () => void;
  snapshot(): StatusSnapshot;
}

export interface StatusSnapshot extends StatusCounts, CrlStoreSnapshot {
  /** Checks served by another check's question. */
  readonly shared: number;
}

interface Answer {
  readonly status: CertificateStatus;
  readonly nextUpdate: number | null;
}

/** After a check without an answer the service calls itself not ready for this many seconds. */
const notReadySeconds = 30;

/**
 * The status of certificates within a budget: the first responder, the next ones, a fresh CRL, and then
 * `status_unavailable`. Never "good" for want of an answer.
 */
export function createStatusService(options: StatusServiceOptions): StatusService {
  const { fetch = globalThis.fetch, clock = systemClock, totalDeadlineMs = 5000, goodCacheSeconds = 300 } = options;
  const counters = createStatusCounters();
  const clients = options.responders.map((responder) => createOcspClient(responder, fetch));
  const store = createCrlStore({ sources: options.crls, fetch, onFailure: counters.failure });
  const cache = createStatusCache(goodCacheSeconds);
  const questions = createCoalescer<Verdict<Answer>>();
  const attempts = clients.length + (options.crls.length > 0 ? 1 : 0);
  let unavailableAt: number | null = null;

  async function check(subject: StatusSubject, now: number, { maximumAge = Number.POSITIVE_INFINITY }: CheckOptions = {}): Promise<Verdict<CertificateStatus>> {
    const key = keyOf(subject);
    const cached = cache.find(key, now, maximumAge);
    if (cached !== null) {
      counters.cacheHit();
      return accept(cached);
    }
    const asked = await questions.run(key, async () => {
      const verdict = await ask(subject, now);
      if (verdict.valid) cache.store(key, verdict.value.status, verdict.value.nextUpdate);
      return verdict;
    });
    if (asked.valid) return accept(asked.value.status);
    // A hold stands until an answer lifts it; an outage is no answer.
    const hold = cache.findHold(key);
    return hold === null ? asked : accept(hold);
  }

  async function ask(subject: StatusSubject, now: number): Promise<Verdict<Answer>> {
    const failures: ErrorCode[] = [];
    const nextSignal = budget(totalDeadlineMs, attempts);
    const failed = (code: ErrorCode) => {
      counters.failure(code);
      failures.push(code);
    };
    let unknown: Answer | null = null;
    for (const client of clients) {
      counters.query("ocsp");
      const verdict = await client.query(subject, {
        time: now,
        signal: nextSignal(),
        isRevoked: (serialNumber) => store.lists(subject.issuer, serialNumber),
      });
      if (!verdict.valid) failed(verdict.code);
      else if (verdict.value.status === "unknown") unknown ??= answerOfOcsp(verdict.value, now);
      else return answered(answerOfOcsp(verdict.value, now));
    }
    const listed = options.crls.length > 0 ? await askCrl(subject, now, nextSignal()) : refuse("crl_missing", "no CRL listed");
    // Absence from a CRL does not outweigh a responder who does not know the certificate.
    if (unknown !== null && !(listed.valid && listed.value.status.status !== "good")) return answered(unknown);
    if (listed.valid) return answered(listed.value);
    if (options.crls.length > 0) failed(listed.code);
    counters.unavailable();
    unavailableAt = clock();
    return refuse("status_unavailable", failures.length > 0 ? failures.join(", ") : "no status source");
  }

  async function askCrl(subject: StatusSubject, now: number, signal: AbortSignal): Promise<Verdict<Answer>> {
    counters.query("crl");
    const found = await store.find(subject, now, signal);
    if (!found.valid) return found;
    const { thisUpdate, nextUpdate } = found.value;
    const looked = lookUp(found.value, subject.certificate.serialNumber);
    const base = { status: looked.status, source: "crl" as const, thisUpdate, checkedAt: now };
    if (looked.status === "good") return accept({ status: base, nextUpdate });
    const { revokedAt, reason } = looked;
    return accept({ status: { ...base, revokedAt, ...(reason === null ? {} : { reason }) }, nextUpdate });
  }

  function answered(answer: Answer): Verdict<Answer> {
    counters.answer(answer.status.status);
    unavailableAt = null;
    return accept(answer);
  }

  const refresh = () => store.refresh(clock());
  return {
    check,
    ready() {
      const now = clock();
      if (unavailableAt !== null && now - unavailableAt < notReadySeconds) return false;
      return clients.length > 0 || store.hasCurrent(now);
    },
    refresh,
    start(seconds = 60) {
      void refresh();
      const timer = setInterval(() => void refresh(), seconds * 1000);
      timer.unref();
      return () => clearInterval(timer);
    },
    snapshot: () => ({ ...counters.snapshot(), ...store.snapshot(), shared: questions.shared }),
  };
}

/** Generations of an authority share a name, so the key stands for it. */
function keyOf({ certificate, issuer }: StatusSubject): string {
  return sha256Base64Url(concatBytes(issuer.publicKey.spki, certificate.serialNumber));
}

function answerOfOcsp(ocsp: OcspStatus, now: number): Answer {
  const { status, thisUpdate, nextUpdate, revokedAt, reason } = ocsp;
  const details = { ...(revokedAt === undefined ? {} : { revokedAt }), ...(reason === undefined ? {} : { reason }) };
  return { status: { status, source: "ocsp", thisUpdate, checkedAt: now, ...details }, nextUpdate };
}

/** Shares the time that is left evenly among the attempts that are left, so that one slow source never eats it all. */
function budget(totalMs: number, attempts: number): () => AbortSignal {
  const end = performance.now() + totalMs;
  let attemptsLeft = attempts;
  return () => {
    const share = Math.max(1, end - performance.now()) / Math.max(1, attemptsLeft);
    attemptsLeft -= 1;
    return AbortSignal.timeout(Math.ceil(share));
  };
}
