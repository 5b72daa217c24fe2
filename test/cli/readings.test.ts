import { expect, test } from "vitest";
import { longestCount, read, type ReadingParts } from "../../src/cli/readings.ts";
import { checkConfiguration } from "../../src/config.ts";
import type { Sample } from "../../src/observability/index.ts";
import type { StatusSnapshot } from "../../src/revocation/index.ts";
import { type Storage, toDate } from "../../src/storage/index.ts";
import { complete, place } from "../config/place.ts";
import { fullRows } from "../storage/rows.ts";
import { freshStorage } from "../storage/temporary.ts";

const now = 1_800_000_000;
const day = 86_400;
const quiet: StatusSnapshot = { queries: { ocsp: 0, crl: 0 }, answers: { good: 0, revoked: 0, hold: 0, unknown: 0 }, failures: {}, unavailable: 0, cacheHits: 0, shared: 0, responders: [], crls: [], crlSources: [], crlFailures: {}, vanishedRevocations: 0, unsavedCrls: 0 };

function partsOf(storage: Storage, changes: Partial<ReadingParts> = {}): ReadingParts {
  return {
    configuration: checkConfiguration({ ...complete(), status: { responders: [{ url: "http://127.0.0.1:9" }] } }, place(), "production"),
    storage,
    clock: () => now,
    status: { ready: () => true, snapshot: () => quiet } as ReadingParts["status"],
    metadata: { snapshot: () => ({ current: null, stale: false, refused: null }) } as ReadingParts["metadata"],
    provider: { hasKeys: () => true },
    isDraining: () => false,
    leases: new Map(),
    ...changes,
  };
}

const valueOf = (samples: readonly Sample[], name: Sample["name"], label?: string): number | undefined =>
  samples.find((sample) => sample.name === name && (label === undefined || Object.values(sample.labels ?? {}).includes(label)))?.value;

const broken: Record<string, () => Promise<never>> = {
  "refuses": async () => { throw new Error("no database"); },
  "hangs": () => new Promise<never>(() => undefined),
};

test.each(Object.entries(broken))("a database that %s is told of, and so is all the rest, within five seconds", async (_name, fails) => {
  const storage = await freshStorage();
  const nothing = new Proxy({}, { get: () => new Proxy({}, { get: () => fails }) }) as Storage["read"];
  const started = performance.now();
  const samples = await read(partsOf({ ...storage, ping: fails, read: nothing }));
  expect(performance.now() - started).toBeLessThan(5000);
  expect(valueOf(samples, "jpki_bridge_ready", "database")).toBe(0);
  expect(valueOf(samples, "jpki_bridge_ready", "keys")).toBe(1);
  expect(valueOf(samples, "jpki_bridge_ready", "digest_keys")).toBe(1);
  expect(valueOf(samples, "jpki_bridge_build_info")).toBe(1);
  expect(valueOf(samples, "jpki_bridge_data_directory_available_bytes")).toBeGreaterThan(0);
  for (const unknown of ["jpki_bridge_outbox_waiting", "jpki_bridge_database_ping_seconds", "jpki_bridge_certificates_expiring"] as const) expect(valueOf(samples, unknown)).toBeUndefined();
});

test("the outbox: what waits, since when, and what was given up", async () => {
  const storage = await freshStorage();
  const entry = (jti: string, queuedAt: number, diedAt: number | null) => ({ jti, clientId: "c1", streamId: null, at: toDate(queuedAt), queuedAt: toDate(queuedAt), message: "{}", attempts: 1, nextAttemptAt: toDate(now), diedAt: diedAt === null ? null : toDate(diedAt) });
  await storage.transaction(async ({ data }) => {
    await data.relyingParty.create({ data: fullRows().relyingParty });
    await data.outboxEntry.createMany({ data: [entry("a", now - 50, null), entry("b", now - 700, null), entry("c", now - 9000, now - 10)] });
    await data.announcement.create({ data: { id: "x", at: toDate(now), personId: "p", event: "{}", audience: "[]" } });
  });
  const samples = await read(partsOf(storage));
  expect((["waiting", "oldest_seconds", "dead_letters"] as const).map((name) => valueOf(samples, `jpki_bridge_outbox_${name}`))).toEqual([2, 700, 1]);
  expect(valueOf(samples, "jpki_bridge_announcements_waiting")).toBe(1);
});

test("certificates that expire: those in use, by the calendar", async () => {
  const storage = await freshStorage();
  const { person, evidence } = fullRows();
  const rows: readonly (readonly [id: string, days: number, supersededById: string | null, endedAt: Date | null])[] = [
    ["soon", 10, null, null], ["later", 60, null, null], ["much later", 100, null, null], ["past", -1, null, null], ["replaced", 10, "soon", null], ["ended", 10, null, toDate(now)],
  ];
  await storage.transaction(async ({ data }) => {
    await data.person.create({ data: person });
    for (const [index, [id, days, supersededById, endedAt]] of rows.entries()) await data.evidence.create({ data: { ...evidence, id, certificateDigest: Uint8Array.of(index), expiresAt: toDate(now + days * day), supersededById, endedAt } });
  });
  const samples = await read(partsOf(storage));
  expect([valueOf(samples, "jpki_bridge_certificates_expiring", "30"), valueOf(samples, "jpki_bridge_certificates_expiring", "90")]).toEqual([1, 2]);
});

test("no count goes further than it may", async () => {
  const storage = await freshStorage();
  const counted: unknown[] = [];
  const count = async (question?: { take?: number }): Promise<number> => counted.push(question?.take);
  const counting = (model: object): object => Object.assign(Object.create(model) as object, { count });
  const { outboxEntry, announcement, evidence } = storage.read;
  const reader = { ...storage.read, outboxEntry: counting(outboxEntry), announcement: counting(announcement), evidence: counting(evidence) } as unknown as Storage["read"];
  await read(partsOf({ ...storage, read: reader }));
  expect(counted).toEqual([longestCount, longestCount, longestCount, longestCount, longestCount]);
});

test("sources by their place in the configuration; a source that never answered has no age", async () => {
  const snapshot = { ...quiet, responders: [{ index: 0, up: true, answeredAt: now - 7 }, { index: 1, up: false, answeredAt: null }], crlSources: [{ index: 0, up: false, answeredAt: now - 90 }], crls: [{ number: "1", thisUpdate: now - 100, nextUpdate: now - 5, entries: 3 }] };
  const samples = await read(partsOf(await freshStorage(), { status: { ready: () => false, snapshot: () => snapshot } as unknown as ReadingParts["status"] }));
  expect(samples.filter(({ name }) => name.startsWith("jpki_bridge_status_source")).map(({ name, labels, value }) => [name.slice(26), labels?.["source"], value])).toEqual([
    ["up", "responder 0", 1], ["up", "responder 1", 0], ["up", "crl 0", 0], ["answer_age_seconds", "responder 0", 7], ["answer_age_seconds", "crl 0", 90],
  ]);
  expect(valueOf(samples, "jpki_bridge_crl_next_update_seconds", "0")).toBe(-5);
  expect(valueOf(samples, "jpki_bridge_ready", "status_source")).toBe(0);
});
