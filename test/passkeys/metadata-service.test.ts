import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pino } from "pino";
import { expect, test } from "vitest";
import { utf8 } from "../../src/bytes.ts";
import { accept, refuse, type Verdict } from "../../src/errors.ts";
import { createMetadataService, type MetadataService } from "../../src/passkeys/index.ts";
import { bindPasskey } from "../../src/people/index.ts";
import { firstBrokenReceipt, type Storage } from "../../src/storage/index.ts";
import { now } from "../certificates/authority.ts";
import { bind, binding, certificate, newPasskey } from "../people/people-fixture.ts";
import { temporaryDirectory, temporaryStorage } from "../storage/temporary.ts";
import { blob, dateIn, day, entry, goodHeader, model, otherModel, payload, trust } from "./metadata-world.ts";

interface Place {
  readonly storage: Storage;
  readonly file: string;
  /** What the source gives now. */
  published: Verdict<Uint8Array>;
  time: number;
  readonly logged: string[];
}

const newPlace = (): Place => ({ storage: temporaryStorage(), file: path.join(temporaryDirectory(), "kept.jwt"), published: accept(utf8(blob())), time: now, logged: [] });

/** A service as after a start. */
async function started(place: Place): Promise<MetadataService> {
  const service = createMetadataService({
    storage: place.storage, file: place.file, trust, refresh: 3600, grace: 14 * day,
    clock: () => place.time, read: async () => place.published,
    log: pino({ level: "warn" }, { write: (line) => void place.logged.push(line) }),
  });
  await service.load();
  return service;
}

async function publish(place: Place, service: MetadataService, content: object): Promise<string | null> {
  place.published = accept(utf8(blob(content)));
  await service.refresh();
  return service.snapshot().refused;
}

const numberOf = (service: MetadataService): number | null => service.snapshot().current?.number ?? null;
const kinds = async ({ storage }: Place, kind: string): Promise<unknown[]> =>
  (await storage.read.receipt.findMany({ where: { kind }, orderBy: { sequence: "asc" } })).map(({ detail }) => JSON.parse(detail) as unknown);
const changes = (place: Place): Promise<unknown[]> => kinds(place, "metadata_status_changed");

async function addPasskeyOf(storage: Storage, serial: string, aaguid: string, state: "active" | "pending" = "active"): Promise<void> {
  const { personId, evidenceId } = await bind(storage, certificate(serial));
  await storage.transaction((transaction) => bindPasskey(transaction, personId, { ...newPasskey(), aaguid }, binding(evidenceId), state));
}

test("a newer BLOB takes the place of the one before; the log says which was taken", async () => {
  const place = newPlace();
  const service = await started(place);
  expect([numberOf(service), service.statusOf(model, now)]).toEqual([null, "unknown"]);
  expect(await publish(place, service, payload())).toBeNull();
  expect(await publish(place, service, payload({ no: 8 }))).toBeNull();
  expect([numberOf(service), service.statusOf(model, now)]).toEqual([8, "good"]);
  expect(await kinds(place, "metadata_adopted")).toMatchObject([{ number: 7, models: 2 }, { number: 8, models: 2 }]);
  expect(place.logged).toEqual([]);
});

test("the same BLOB again changes nothing and leaves no further receipt", async () => {
  const place = newPlace();
  const service = await started(place);
  await service.refresh();
  await Promise.all([service.refresh(), service.refresh()]);
  expect(await kinds(place, "metadata_adopted")).toHaveLength(1);
});

const backwards: [string, object][] = [
  ["an older number, replayed", payload({ no: 6, entries: [entry(model)] })],
  ["number nought", payload({ no: 0 })],
  ["the same number with another payload", payload({ no: 7, entries: [] })],
];
test.each(backwards)("%s is refused, now and after a restart, even with nothing kept", async (_name, older) => {
  const place = newPlace();
  const service = await started(place);
  await publish(place, service, payload({ entries: [entry(model, ["REVOKED"])] }));
  expect(await publish(place, service, older)).toBe("metadata_number_regressed");
  expect([numberOf(service), service.statusOf(model, now)]).toEqual([7, "bad"]);

  writeFileSync(place.file, "");
  const again = await started(place);
  expect(await publish(place, again, older)).toBe("metadata_number_regressed");
  expect([numberOf(again), again.statusOf(model, now)]).toEqual([null, "unknown"]);
});

test("an older BLOB put in the place of the kept one is refused at the start", async () => {
  const place = newPlace();
  const service = await started(place);
  await publish(place, service, payload({ no: 8 }));
  writeFileSync(place.file, blob(payload({ no: 7 })));
  expect(numberOf(await started(place))).toBeNull();
});

test("a restart needs no network: what was kept counts at once", async () => {
  const place = newPlace();
  await (await started(place)).refresh();
  place.published = refuse("metadata_unavailable", "ECONNREFUSED");
  const again = await started(place);
  expect([numberOf(again), again.statusOf(model, now), again.rootsOf(model, now).length]).toEqual([7, "good", 1]);
  await again.refresh();
  expect([numberOf(again), again.snapshot().refused]).toEqual([7, "metadata_unavailable"]);
  expect(place.logged.join("")).toContain("metadata_unavailable");
});

test("a crash between keeping a BLOB and writing it down: it is written down at the next start", async () => {
  const place = newPlace();
  writeFileSync(place.file, blob(payload({ no: 9 })));
  expect(numberOf(await started(place))).toBe(9);
  expect(await kinds(place, "metadata_adopted")).toMatchObject([{ number: 9 }]);
});

const bad: [string, string | object][] = [
  ["junk", "junk"],
  ["a BLOB of nobody", { ...goodHeader, x5c: [] }],
];
test.each(bad)("%s instead of a BLOB: the present one stays, and so does the kept one", async (_name, what) => {
  const place = newPlace();
  const service = await started(place);
  await service.refresh();
  const kept = readFileSync(place.file);
  place.published = accept(utf8(typeof what === "string" ? what : blob(payload({ no: 8 }), what)));
  await service.refresh();
  expect([numberOf(service), service.snapshot().refused]).toEqual([7, "malformed_metadata"]);
  expect(readFileSync(place.file)).toEqual(kept);
});

test("a directory that cannot be written to: the BLOB counts, and the log says that it is not kept", async () => {
  const whole = newPlace();
  writeFileSync(whole.file, "");
  const place = { ...whole, file: path.join(whole.file, "kept.jwt") };
  const service = await started(place);
  await service.refresh();
  expect(numberOf(service)).toBe(7);
  expect(place.logged.join("")).toContain("could not be kept");
});

test("a BLOB whose successor does not come is told of, and then nothing is good by it", async () => {
  const place = newPlace();
  const service = await started(place);
  await service.refresh();
  place.time = now + 30 * day;
  await service.refresh();
  expect([service.snapshot().stale, service.statusOf(model, place.time)]).toEqual([true, "unknown"]);
  expect(place.logged.join("")).toContain("stale");
});

test("a model that people's passkeys are on: one receipt when it turns bad, one when it is good again, none for others", async () => {
  const place = newPlace();
  await addPasskeyOf(place.storage, "1", model);
  await addPasskeyOf(place.storage, "2", model);
  await addPasskeyOf(place.storage, "3", model, "pending");
  const service = await started(place);
  await service.refresh();
  expect(await changes(place)).toEqual([]);

  const compromised = [entry(model, ["REVOKED"]), entry(otherModel, ["REVOKED"])];
  await publish(place, service, payload({ no: 8, entries: compromised }));
  await publish(place, service, payload({ no: 9, entries: compromised }));
  const turnedBad = { aaguid: model, status: "bad", passkeys: 2 };
  expect(await changes(place)).toEqual([turnedBad]);

  // Whose passkey comes later is told of then.
  await addPasskeyOf(place.storage, "4", otherModel);
  const again = await started(place);
  const later = { aaguid: otherModel, status: "bad", passkeys: 1 };
  expect(await changes(place)).toEqual([turnedBad, later]);

  await publish(place, again, payload({ no: 10, entries: [entry(model)] }));
  expect((await changes(place)).slice(2)).toEqual([{ ...turnedBad, status: "good" }, { ...later, status: "unknown" }]);
  expect(await firstBrokenReceipt(place.storage.read)).toBeNull();
});

test("a compromise that was announced for a day counts, and is told of, from that day on", async () => {
  const place = newPlace();
  await addPasskeyOf(place.storage, "1", model);
  const service = await started(place);
  await publish(place, service, payload({ entries: [entry(model, [{ status: "REVOKED", effectiveDate: dateIn(3) }])] }));
  expect(await changes(place)).toEqual([]);
  place.time = Date.parse(dateIn(3)) / 1000;
  await service.refresh();
  expect(await changes(place)).toEqual([{ aaguid: model, status: "bad", passkeys: 1 }]);
});

test("looks by itself once started, and no more once stopped", async () => {
  const place = newPlace();
  const service = await started(place);
  const stop = service.start();
  await expect.poll(() => numberOf(service)).toBe(7);
  await stop();
  expect(place.logged).toEqual([]);
});
