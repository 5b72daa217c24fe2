import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout } from "node:timers/promises";
import { defaultPolicy } from "../src/assurance/index.ts";
import { randomBytes } from "../src/bytes.ts";
import { orThrow } from "../src/errors.ts";
import { createLogger } from "../src/log.ts";
import { certificatesOfEvidence, recordFoundStatus } from "../src/people/index.ts";
import { parseCertificate } from "../src/pki/certificate.ts";
import { parseCrl } from "../src/pki/crl.ts";
import { lookUp, verifyCrl } from "../src/pki/crl-verification.ts";
import { createWatcher } from "../src/revocation/index.ts";
import { openSqlite, Sealing, type Storage } from "../src/storage/index.ts";
import { now } from "../test/certificates/authority.ts";
import { jpkiAuthority } from "../test/certificates/jpki.ts";
import { generatedCrl } from "../test/pki/crl-generator.ts";
import type { Measurement } from "./measurement.ts";
import { boundOf, populate } from "./population.ts";

const count = 1_000_000;
/** One certificate in so many is on the CRL. */
const listedEvery = 1000;
const listed = count / listedEvery;
const goal = 5000;

/** 1,000,000 people and a new CRL of 1,000,000 entries: who falls, how soon, and whether anybody waits for it. */
export async function benchWatcher(): Promise<Measurement[]> {
  const directory = mkdtempSync(path.join(tmpdir(), "jpki-bridge-bench-"));
  const file = path.join(directory, "bench.db");
  const storage = openSqlite(file, new Sealing([{ id: "bench", key: randomBytes(32) }], randomBytes(32)));
  try {
    populate(file, storage.sealing, { count, at: now - 7200, entryOf: (index) => (index % listedEvery === 0 ? index : null) });
    return await measure(storage);
  } finally {
    await storage.close();
    rmSync(directory, { recursive: true });
  }
}

async function measure(storage: Storage): Promise<Measurement[]> {
  const authority = jpkiAuthority();
  const issuer = orThrow(parseCertificate(authority.certificate));
  const crl = orThrow(verifyCrl({ crl: orThrow(parseCrl(generatedCrl(authority, count))), issuer, time: now }));
  const people = Array.from({ length: listed }, (_, index) => boundOf(index * listedEvery));

  // Somebody else's answer to the same question: every person's certificate is taken out and looked up.
  const oneByOne = await timed(async () => {
    for (const bound of people) {
      const open = (await certificatesOfEvidence(storage, [bound])).get(bound.evidenceId);
      const certificate = orThrow(parseCertificate(open?.() ?? new Uint8Array()));
      if (lookUp(crl, certificate.serialNumber).status === "good") throw new Error("not listed");
    }
  });
  const idle = await delayDuring(() => setTimeout(2000));
  const lists = [{ issuers: [authority.subject], table: crl.entries.revoked.table }];
  const compared = await delayDuring(async () => {
    const comparison = await storage.compareCertificates(lists, AbortSignal.timeout(600_000));
    if (comparison.listed.length !== listed) throw new Error(`${comparison.listed.length} listed`);
  });
  const watcher = createWatcher({
    evidence: {
      compare: (wanted, signal) => storage.compareCertificates(wanted, signal),
      certificatesOf: (bound) => certificatesOfEvidence(storage, bound),
      record: (bound, status) => recordFoundStatus(storage, defaultPolicy, bound, status),
    },
    status: { check: () => Promise.reject(new Error("nobody is on hold")) },
    clock: () => now,
    log: createLogger("silent"),
  });
  watcher.add(crl, issuer);
  const recorded = await delayDuring(() => watcher.run());
  if (watcher.snapshot().fell !== listed) throw new Error(`${watcher.snapshot().fell} fell`);
  await watcher.close();

  const each = { name: `one person after the other, ${listed} measured`, value: (oneByOne / listed) * count };
  return [
    figure("1,000,000 certificates against a CRL of 1,000,000 entries", compared.ms, each),
    figure("the same, within the goal", compared.ms, { name: "goal", value: goal }),
    figure("event loop delay meanwhile, p99", compared.p99, { name: "idle", value: idle.p99 }),
    figure("event loop delay meanwhile, longest", compared.longest, { name: "idle", value: idle.longest }),
    figure(`the same until ${listed} people's levels, sessions and tokens have ended`, recorded.ms, { name: "the comparison alone", value: compared.ms }),
    figure("event loop delay until then, p99", recorded.p99, { name: "idle", value: idle.p99 }),
    figure("event loop delay until then, longest", recorded.longest, { name: "idle", value: idle.longest }),
  ];
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

async function delayDuring(work: () => Promise<unknown>): Promise<{ ms: number; p99: number; longest: number }> {
  const delay = monitorEventLoopDelay({ resolution: 2 });
  delay.enable();
  const ms = await timed(work);
  delay.disable();
  return { ms, p99: delay.percentile(99) / 1e6, longest: delay.max / 1e6 };
}

function figure(name: string, value: number, baseline: Measurement["baseline"]): Measurement {
  const round = (number: number): number => Math.round(number * 100) / 100;
  return { name, value: round(value), unit: "ms", baseline: { name: baseline.name, value: round(baseline.value) }, ratio: round(value / baseline.value) };
}
