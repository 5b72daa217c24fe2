import type { CertificateStatus, StatusSubject } from "./certificate-status.ts";
import { statusOnCrl } from "./crl-status.ts";
import type { CrlStore } from "./crl-store.ts";
import type { OcspAnswer, OcspClient } from "./ocsp-client.ts";
import type { StatusCounters } from "./status-counters.ts";
import { accept, type ErrorCode, refuse, type Verdict } from "../errors.ts";

export interface StatusSources {
  /** In the order in which they are asked. */
  readonly responders: readonly OcspClient[];
  /** `null` when no CRL is listed. */
  readonly crls: CrlStore | null;
  readonly counters: StatusCounters;
  /** For all sources together. */
  readonly totalDeadlineMs: number;
}

export interface Answer {
  readonly status: CertificateStatus;
  readonly nextUpdate: number | null;
}

/**
 * Asks within the budget: the first responder, the next ones, a fresh CRL, and then `status_unavailable`,
 * whose `at` lists what each source failed with.
 */
export async function askSources(sources: StatusSources, subject: StatusSubject, now: number): Promise<Verdict<Answer>> {
  const { responders, crls, counters, totalDeadlineMs } = sources;
  const failures: ErrorCode[] = [];
  const nextSignal = shareDeadline(totalDeadlineMs, responders.length + (crls === null ? 0 : 1));
  const isRevoked = (serialNumber: Uint8Array) => crls?.lists(subject.issuer, serialNumber) ?? false;
  const failed = (code: ErrorCode) => {
    counters.failure(code);
    failures.push(code);
  };

  let unknown: Answer | null = null;
  for (const [index, responder] of responders.entries()) {
    counters.query("ocsp");
    const verdict = await responder.query(subject, { time: now, signal: nextSignal(), isRevoked });
    counters.responder(index, verdict.valid, now);
    if (!verdict.valid) failed(verdict.code);
    else if (verdict.value.status === "unknown") unknown ??= answerOfOcsp(verdict.value, now);
    else return accept(answerOfOcsp(verdict.value, now));
  }
  if (crls !== null) {
    counters.query("crl");
    const verdict = await askCrl(crls, subject, now, nextSignal());
    // Absence from a CRL does not outweigh a responder who does not know the certificate.
    if (verdict.valid && (unknown === null || verdict.value.status.status !== "good")) return verdict;
    if (!verdict.valid) failed(verdict.code);
  }
  return unknown === null ? refuse("status_unavailable", failures.join(", ") || "no status source") : accept(unknown);
}

async function askCrl(crls: CrlStore, subject: StatusSubject, now: number, signal: AbortSignal): Promise<Verdict<Answer>> {
  const found = await crls.find(subject, now, signal);
  if (!found.valid) return found;
  return accept({ status: statusOnCrl(found.value, subject.certificate, now), nextUpdate: found.value.nextUpdate });
}

function answerOfOcsp(ocsp: OcspAnswer, now: number): Answer {
  const { status, thisUpdate, nextUpdate, revokedAt, reason, response } = ocsp;
  const details = { ...(revokedAt === undefined ? {} : { revokedAt }), ...(reason === undefined ? {} : { reason }) };
  return { status: { status, source: "ocsp", thisUpdate, checkedAt: now, answer: response, ...details }, nextUpdate };
}

/** Shares the time that is left evenly among the attempts that are left, so that one slow source never eats it all. */
function shareDeadline(totalMs: number, attempts: number): () => AbortSignal {
  const end = performance.now() + totalMs;
  let attemptsLeft = attempts;
  return () => {
    const share = Math.max(1, end - performance.now()) / attemptsLeft;
    attemptsLeft -= 1;
    return AbortSignal.timeout(Math.ceil(share));
  };
}
