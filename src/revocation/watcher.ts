import { once } from "node:events";
import { setImmediate } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { type BoundSerials, BoundSerialsBuilder } from "./fallen.ts";
import type { WatcherResult, WatcherTask } from "./watcher-worker.ts";
import { equalBytes } from "../bytes.ts";
import { type Revocation, statusOfRevocation } from "../pki/crl-reason.ts";
import { revocationAt } from "../pki/crl-serials.ts";
import type { VerifiedCrl } from "../pki/crl-verification.ts";

/** A certificate that a person's evidence rests on. */
export interface BoundCertificate<Evidence> {
  readonly evidence: Evidence;
  /** DER of the issuer's name, as the certificate writes it. */
  readonly issuer: Uint8Array;
  /** Contents octets. */
  readonly serialNumber: Uint8Array;
}

export interface Fallen<Evidence> extends Revocation {
  readonly evidence: Evidence;
  readonly status: "revoked" | "hold";
}

/** Certificates taken from the iterable before other work of the process gets its turn. */
const takenAtOnce = 5000;

/**
 * The evidence that falls with new CRLs of one issuer: all bound certificates are compared at once, in a
 * thread of its own, so that sign-ins go on meanwhile.
 *
 * @param crls - verified, of one issuer; a certificate that several of them list falls once for each.
 * @param bound - of any issuer; what is not of the CRLs' issuer stays out. May come in pages.
 */
export async function findFallenEvidence<Evidence>(
  crls: readonly VerifiedCrl[],
  bound: Iterable<BoundCertificate<Evidence>> | AsyncIterable<BoundCertificate<Evidence>>,
): Promise<readonly Fallen<Evidence>[]> {
  const [crl] = crls;
  if (crl === undefined) return [];
  const { serials, evidence } = await gather(bound, crl.issuer.der);
  if (serials.size === 0) return [];
  const tables = crls.map(({ entries }) => entries.revoked.table);
  const matches = await inWorker({ bound: serials, indexes: tables });
  return matches.flatMap((ofCrl, index) =>
    ofCrl.flatMap(({ bound: position, entry }) => {
      const [held, table] = [evidence[position], tables[index]];
      if (held === undefined || table === undefined) return [];
      const revocation = revocationAt(table, entry);
      return [{ evidence: held, status: statusOfRevocation(revocation), ...revocation }];
    }),
  );
}

async function gather<Evidence>(
  bound: Iterable<BoundCertificate<Evidence>> | AsyncIterable<BoundCertificate<Evidence>>,
  issuer: Uint8Array,
): Promise<{ serials: BoundSerials; evidence: readonly Evidence[] }> {
  const builder = new BoundSerialsBuilder();
  const evidence: Evidence[] = [];
  let taken = 0;
  const take = (certificate: BoundCertificate<Evidence>) => {
    taken += 1;
    if (!equalBytes(certificate.issuer, issuer)) return;
    builder.add(certificate.serialNumber);
    evidence.push(certificate.evidence);
  };
  if (Symbol.asyncIterator in bound) {
    for await (const certificate of bound) take(certificate);
  } else {
    for (const certificate of bound) {
      take(certificate);
      if (taken % takenAtOnce === 0) await setImmediate();
    }
  }
  return { serials: builder.finish(), evidence };
}

async function inWorker(workerData: WatcherTask): Promise<WatcherResult> {
  const worker = new Worker(new URL("./watcher-worker.ts", import.meta.url), { workerData });
  try {
    const [result] = (await once(worker, "message")) as [WatcherResult];
    return result;
  } finally {
    await worker.terminate();
  }
}
