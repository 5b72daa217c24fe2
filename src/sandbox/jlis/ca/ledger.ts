import { accept, refuse } from "../../../errors.ts";
import type { Verdict } from "../../../errors.ts";
import type { CertificateUse } from "./profile.ts";
import type { CertificateState, IssuedCertificate, RevocationReason } from "./state.ts";

/** What may happen to an issued certificate. Pure: each function gives the list that follows. */
export type Ledger = readonly IssuedCertificate[];

/** The serial is unique under one issuer name, and the generations of a use share that name. */
export interface CertificateReference {
  readonly use: CertificateUse;
  readonly serial: number;
}

export function find(ledger: Ledger, reference: CertificateReference): IssuedCertificate | undefined {
  return ledger.find(({ use, serial }) => use === reference.use && serial === reference.serial);
}

/** What status answers and CRLs publish of a certificate; null while it is good. */
export interface Withdrawal {
  /** Seconds since the epoch. */
  readonly since: number;
  readonly reason: RevocationReason | "certificateHold";
}

export function withdrawalOf({ state }: IssuedCertificate): Withdrawal | null {
  if (state.kind === "good") return null;
  return { since: state.since, reason: state.kind === "revoked" ? state.reason : "certificateHold" };
}

/** For good. A certificate on hold may be revoked; a revoked or expired one stays what it is. */
export function revoke(ledger: Ledger, reference: CertificateReference, reason: RevocationReason, now: number): Verdict<Ledger> {
  return transition(ledger, reference, now, ["good", "on_hold"], { kind: "revoked", since: now, reason });
}

export function hold(ledger: Ledger, reference: CertificateReference, now: number): Verdict<Ledger> {
  return transition(ledger, reference, now, ["good"], { kind: "on_hold", since: now });
}

export function release(ledger: Ledger, reference: CertificateReference, now: number): Verdict<Ledger> {
  return transition(ledger, reference, now, ["on_hold"], { kind: "good" });
}

function transition(
  ledger: Ledger,
  reference: CertificateReference,
  now: number,
  from: readonly CertificateState["kind"][],
  to: CertificateState,
): Verdict<Ledger> {
  const certificate = find(ledger, reference);
  if (certificate === undefined) return refuse("not_found", "certificate");
  if (now > certificate.notAfter) return refuse("operation_not_possible", "expired");
  if (!from.includes(certificate.state.kind)) return refuse("operation_not_possible", certificate.state.kind);
  return accept(ledger.map((entry) => (entry === certificate ? { ...entry, state: to } : entry)));
}
