import { readFileSync } from "node:fs";
import { statfs } from "node:fs/promises";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Clock } from "../clock.ts";
import type { Configuration } from "../config.ts";
import type { Sample } from "../observability/index.ts";
import type { MetadataService } from "../passkeys/index.ts";
import { parseCertificate } from "../pki/certificate.ts";
import { activeKey, type BridgeProvider, keyAlgorithms, keyLife, listKeys } from "../provider/index.ts";
import type { StatusService } from "../revocation/index.ts";
import { type Storage, toDate, toSeconds } from "../storage/index.ts";

/** What is read of when somebody asks for the metrics. */
export interface ReadingParts {
  readonly configuration: Configuration;
  readonly storage: Storage;
  readonly clock: Clock;
  readonly status: StatusService;
  readonly metadata: MetadataService;
  readonly provider: Pick<BridgeProvider, "hasKeys">;
  readonly isDraining: () => boolean;
  /** Leases by name, and whether this process held them when it last asked. */
  readonly leases: ReadonlyMap<string, boolean>;
}

/** No count in the database goes further: it must cost as little in a country as in a town. */
export const longestCount = 10_000;
/** Milliseconds for one part of the reading. */
const longestMs = 4000;
/** Milliseconds after which a database counts as not answering. */
const longestPingMs = 2000;
const day = 86_400;

/** All that is read, each part for itself: where one fails, as the database may, the others are told all the same. */
export async function read(parts: ReadingParts): Promise<Sample[]> {
  const readers = [buildInfo, readiness, connections, disk, statusOf, outbox, leases, keys, expiries, anchors, metadataOf];
  const all = await Promise.all(readers.map((reader) => before(longestMs, Promise.resolve().then(() => reader(parts, parts.clock())), [])));
  return all.flat();
}

/** What `work` gives, or `otherwise` when it fails or takes longer: a database that hangs is told of, not waited for. */
async function before<Result>(milliseconds: number, work: Promise<Result>, otherwise: Result): Promise<Result> {
  const over = new AbortController();
  try {
    return await Promise.race([work.catch(() => otherwise), setTimeout(milliseconds, otherwise, { signal: over.signal })]);
  } finally {
    over.abort();
  }
}

/** Version of this program. */
export const version = (JSON.parse(readFileSync(path.join(import.meta.dirname, "../../package.json"), "utf8")) as { version: string }).version;

const buildInfo = (): Sample[] => [{ name: "jpki_bridge_build_info", value: 1, labels: { version } }];

async function readiness({ storage, provider, status, isDraining }: ReadingParts): Promise<Sample[]> {
  const started = performance.now();
  const database = await before(longestPingMs, storage.ping(), false);
  const checks = { database, keys: provider.hasKeys(), digest_keys: storage.sealing.mayLookUp, status_source: status.ready(), not_draining: !isDraining() };
  return [
    ...Object.entries(checks).map(([check, holds]): Sample => ({ name: "jpki_bridge_ready", value: Number(holds), labels: { check } })),
    ...(database ? [{ name: "jpki_bridge_database_ping_seconds", value: (performance.now() - started) / 1000 } as const] : []),
  ];
}

function connections({ storage }: ReadingParts): Sample[] {
  return Object.entries(storage.connections?.() ?? {}).map(([state, value]) => ({ name: "jpki_bridge_database_connections", value, labels: { state } }));
}

async function disk({ configuration }: ReadingParts): Promise<Sample[]> {
  const { bavail, bsize } = await statfs(configuration.dataDirectory);
  return [{ name: "jpki_bridge_data_directory_available_bytes", value: bavail * bsize }];
}

function statusOf({ status }: ReadingParts, now: number): Sample[] {
  const { queries, answers, failures, unavailable, cacheHits, responders, crls, crlSources, crlFailures, vanishedRevocations } = status.snapshot();
  const each = (name: Sample["name"], label: string, counts: Readonly<Partial<Record<string, number>>>): Sample[] =>
    Object.entries(counts).map(([key, value = 0]) => ({ name, value, labels: { [label]: key } }));
  const sources = [...responders.map((health) => ({ source: `responder ${health.index}`, ...health })), ...crlSources.map((health) => ({ source: `crl ${health.index}`, ...health }))];
  return [
    ...each("jpki_bridge_status_queries_total", "source", queries),
    ...each("jpki_bridge_status_answers_total", "status", answers),
    ...each("jpki_bridge_status_failures_total", "code", failures),
    ...each("jpki_bridge_crl_failures_total", "code", crlFailures),
    { name: "jpki_bridge_status_unavailable_total", value: unavailable },
    { name: "jpki_bridge_status_cache_hits_total", value: cacheHits },
    { name: "jpki_bridge_crl_vanished_revocations_total", value: vanishedRevocations },
    ...sources.map(({ source, up }): Sample => ({ name: "jpki_bridge_status_source_up", value: Number(up), labels: { source } })),
    ...sources.flatMap(({ source, answeredAt }): Sample[] => (answeredAt === null ? [] : [{ name: "jpki_bridge_status_source_answer_age_seconds", value: now - answeredAt, labels: { source } }])),
    ...crls.map(({ entries }, index): Sample => ({ name: "jpki_bridge_crl_entries", value: entries, labels: { crl: String(index) } })),
    ...crls.flatMap(({ nextUpdate }, index): Sample[] => (nextUpdate === null ? [] : [{ name: "jpki_bridge_crl_next_update_seconds", value: nextUpdate - now, labels: { crl: String(index) } }])),
  ];
}

async function outbox({ storage: { read: reader } }: ReadingParts, now: number): Promise<Sample[]> {
  const waiting = { where: { diedAt: null } };
  const oldest = await reader.outboxEntry.findFirst({ ...waiting, orderBy: { queuedAt: "asc" }, select: { queuedAt: true } });
  return [
    { name: "jpki_bridge_outbox_oldest_seconds", value: oldest === null ? 0 : Math.max(0, now - toSeconds(oldest.queuedAt)) },
    { name: "jpki_bridge_outbox_waiting", value: await reader.outboxEntry.count({ ...waiting, take: longestCount }) },
    { name: "jpki_bridge_outbox_dead_letters", value: await reader.outboxEntry.count({ where: { diedAt: { not: null } }, take: longestCount }) },
    { name: "jpki_bridge_announcements_waiting", value: await reader.announcement.count({ take: longestCount }) },
  ];
}

const leases = ({ leases: held }: ReadingParts): Sample[] => [...held].map(([lease, holds]) => ({ name: "jpki_bridge_lease_held", value: Number(holds), labels: { lease } }));

async function keys({ storage, configuration }: ReadingParts, now: number): Promise<Sample[]> {
  const all = await listKeys(storage);
  const every = configuration.keys.rotate_every;
  return keyAlgorithms.flatMap((algorithm): Sample[] => {
    const active = activeKey(all, algorithm, now);
    if (active === undefined) return [];
    const { next } = keyLife(active, all, every === null ? null : every * day, now);
    return [
      { name: "jpki_bridge_signing_key_age_seconds", value: now - active.signsFrom, labels: { algorithm } },
      ...(next === null ? [] : [{ name: "jpki_bridge_signing_key_change_seconds", value: next.at - now, labels: { algorithm } } as const]),
    ];
  });
}

/** By the calendar, of user authentication certificates that nothing took the place of. */
async function expiries({ storage: { read: reader } }: ReadingParts, now: number): Promise<Sample[]> {
  const within = async (days: number): Promise<Sample> => ({
    name: "jpki_bridge_certificates_expiring",
    value: await reader.evidence.count({ where: { kind: "jpki_user_authentication", expiresAt: { gte: toDate(now), lt: toDate(now + days * day) }, supersededById: null, endedAt: null }, take: longestCount }),
    labels: { days: String(days) },
  });
  return [await within(30), await within(90)];
}

function anchors({ configuration }: ReadingParts): Sample[] {
  return Object.entries(configuration.anchors).flatMap(([use, certificates]: [string, readonly Uint8Array[]]) =>
    certificates.flatMap((der, index): Sample[] => {
      const parsed = parseCertificate(der);
      return parsed.valid ? [{ name: "jpki_bridge_trust_anchor_expiry_timestamp_seconds", value: parsed.value.notAfter, labels: { use, index: String(index) } }] : [];
    }),
  );
}

function metadataOf({ metadata, configuration }: ReadingParts, now: number): Sample[] {
  if (configuration.passkeys.metadata === null) return [];
  const { current, refused } = metadata.snapshot();
  return [
    ...(current === null ? [] : [{ name: "jpki_bridge_metadata_next_update_seconds", value: current.nextUpdate - now } as const]),
    { name: "jpki_bridge_metadata_refused", value: Number(refused !== null) },
  ];
}
