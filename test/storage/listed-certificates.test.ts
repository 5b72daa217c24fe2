import { createSecretKey } from "node:crypto";
import path from "node:path";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { utf8 } from "../../src/bytes.ts";
import { SerialTableBuilder } from "../../src/pki/crl-serials-builder.ts";
import { compareInThread } from "../../src/storage/certificate-comparison.ts";
import { type CertificateList, compareWithLists } from "../../src/storage/listed-certificates.ts";
import { lookUpDigest } from "../../src/storage/look-up-digest.ts";
import { type LaterDigestKeys, Sealing, type Storage } from "../../src/storage/index.ts";
import { evidenceIn } from "../../src/storage/sqlite-evidence.ts";
import { fullRows } from "./rows.ts";
import { freshPlace, freshStorage, sealingKey, temporaryDirectory, testSealing } from "./temporary.ts";

/** Lists of certificates against the evidence of all people. */

const [us, others] = [utf8("CN=JPKI"), utf8("CN=other")];
const octets = (...contents: readonly number[]): Uint8Array => Uint8Array.from(contents);
const [revoked, hold, removed] = [1, 6, 8];

interface Bound { readonly serial: Uint8Array; readonly issuer?: Uint8Array; readonly status?: string; readonly source?: string; readonly superseded?: boolean; readonly ended?: boolean }

function listOf(entries: readonly (readonly [serial: Uint8Array, reason: number])[], ...issuers: readonly Uint8Array[]): CertificateList {
  const builder = new SerialTableBuilder(entries.length);
  for (const [serial, reason] of entries) builder.add(serial, 0, serial.length, 1_700_000_000, reason, 0);
  return { issuers: issuers.length > 0 ? issuers : [us], table: builder.finish() };
}

async function put(storage: Storage, bound: readonly Bound[]): Promise<void> {
  const { person, evidence } = fullRows("p");
  await storage.transaction(async ({ data }) => {
    await data.person.create({ data: person });
    for (const [index, { serial, issuer = us, status = "good", source = "ocsp", superseded = false, ended = false }] of bound.entries()) {
      const certificateDigest = storage.sealing.lookUpDigest(issuer, serial);
      const columns = { status, statusSource: source, supersededById: superseded ? "another" : null, endedAt: ended ? evidence.endedAt : null };
      await data.evidence.create({ data: { ...evidence, id: `e${index}`, certificateDigest, ...columns } });
    }
  });
}

const twenty = octets(0x7f, ...Array<number>(19).fill(0xff));
type Row = readonly [name: string, bound: readonly Bound[], lists: readonly CertificateList[], expected: readonly string[]];

const listed: readonly Row[] = [
  ["nothing bound", [], [listOf([[octets(1), revoked]])], []],
  ["an empty list", [{ serial: octets(1) }], [listOf([])], []],
  ["no list", [{ serial: octets(1) }], [], []],
  ["one of three", [{ serial: octets(1) }, { serial: octets(2) }, { serial: octets(3) }], [listOf([[octets(9), revoked], [octets(2), revoked]])], ["e1 by 0"]],
  ["revoked and held", [{ serial: octets(1) }, { serial: octets(2) }], [listOf([[octets(2), hold], [octets(1), revoked]])], ["e1 by 0", "e0 by 0"]],
  ["another issuer's number", [{ serial: octets(1), issuer: others }], [listOf([[octets(1), revoked]])], []],
  ["the issuer's name in its second encoding", [{ serial: octets(1), issuer: others }], [listOf([[octets(1), revoked]], us, others)], ["e0 by 0"]],
  ["by the second of two lists", [{ serial: octets(1) }], [listOf([[octets(2), revoked]]), listOf([[octets(1), revoked]])], ["e0 by 1"]],
  ["by two lists", [{ serial: octets(1) }], [listOf([[octets(1), revoked]]), listOf([[octets(1), hold]])], ["e0 by 0", "e0 by 1"]],
  ["removeFromCRL", [{ serial: octets(1) }], [listOf([[octets(1), removed]])], []],
  ["20 octets", [{ serial: twenty }], [listOf([[twenty, revoked]])], ["e0 by 0"]],
  ["top bit set", [{ serial: octets(0, 0xff) }], [listOf([[octets(0, 0xff), revoked]])], ["e0 by 0"]],
  ["the same octet without its sign", [{ serial: octets(0xff) }], [listOf([[octets(0, 0xff), revoked]])], []],
  ["of the end of a longer one", [{ serial: octets(5) }], [listOf([[octets(1, 0, 0, 0, 5), revoked]])], []],
  ["revoked already", [{ serial: octets(1), status: "revoked" }], [listOf([[octets(1), revoked]])], []],
  ["revoked already, held by the list", [{ serial: octets(1), status: "revoked" }], [listOf([[octets(1), hold]])], []],
  ["held already", [{ serial: octets(1), status: "hold", source: "crl" }], [listOf([[octets(1), hold]])], []],
  ["held, now revoked", [{ serial: octets(1), status: "hold", source: "crl" }], [listOf([[octets(1), revoked]])], ["e0 by 0"]],
  ["unknown, now held", [{ serial: octets(1), status: "unknown" }], [listOf([[octets(1), hold]])], ["e0 by 0"]],
  ["superseded", [{ serial: octets(1), superseded: true }], [listOf([[octets(1), revoked]])], []],
  ["ended by its person", [{ serial: octets(1), ended: true }], [listOf([[octets(1), revoked]])], []],
];

test.each(listed)("listed: %s", async (_, bound, lists, expected) => {
  const storage = await freshStorage();
  await put(storage, bound);
  const comparison = await storage.compareCertificates(lists, AbortSignal.timeout(10_000));
  expect(comparison.listed.map(({ evidenceId, personId, list }) => `${evidenceId} by ${list} of ${personId}`)).toEqual(expected.map((entry) => `${entry} of p`));
  expect(comparison.held.map(({ evidenceId }) => evidenceId)).toEqual(bound.flatMap(({ status, source, superseded }, index) => (status === "hold" && source === "crl" && !superseded ? [`e${index}`] : [])));
});

const held: readonly Row[] = [
  ["held by a CRL, no longer listed", [{ serial: octets(1), status: "hold", source: "crl" }], [listOf([[octets(2), hold]])], ["e0"]],
  ["held by a responder, not listed", [{ serial: octets(1), status: "hold" }], [listOf([[octets(2), hold]])], []],
  ["held by an operator, not listed", [{ serial: octets(1), status: "hold", source: "operator" }], [listOf([[octets(2), hold]])], []],
  ["held and superseded, not listed", [{ serial: octets(1), status: "hold", source: "crl", superseded: true }], [listOf([])], []],
  ["revoked by a CRL, no longer listed", [{ serial: octets(1), status: "revoked", source: "crl" }], [listOf([])], []],
  ["held by a CRL, and listed as such", [{ serial: octets(1), status: "hold", source: "crl" }], [listOf([[octets(1), hold]])], ["e0"]],
];

test.each(held)("held: %s", async (_, bound, lists, expected) => {
  const storage = await freshStorage();
  await put(storage, bound);
  const comparison = await storage.compareCertificates(lists, AbortSignal.timeout(10_000));
  expect(comparison).toEqual({ listed: [], held: expected.map((evidenceId) => ({ evidenceId, personId: "p" })) });
});

const another = new Uint8Array(32).fill(10);
const rotation: readonly (readonly [name: string, wrote: LaterDigestKeys, compares: LaterDigestKeys, isWrapped: boolean])[] = [
  ["announced", {}, { next: another }, false],
  ["announced here, and all wrapped", {}, { next: another }, true],
  ["written by, nothing wrapped", {}, { after: [another] }, false],
  ["written by another, announced here", { after: [another] }, { next: another }, false],
  ["at its end", {}, { after: [another] }, true],
];

test.each(rotation)("listed, with another digest key: %s", async (_, wrote, compares, isWrapped) => {
  const place = await freshPlace();
  const sealingBy = (later: LaterDigestKeys): Sealing => new Sealing([sealingKey("test", 1)], new Uint8Array(32).fill(9), later);
  await put(await freshStorage({ place, sealing: sealingBy(wrote) }), [{ serial: octets(1) }, { serial: octets(2) }, { serial: twenty }]);
  if (isWrapped) await (await freshStorage({ place, sealing: sealingBy({ after: [another] }) })).digests.rewrap({ batch: 2 });
  const storage = await freshStorage({ place, sealing: sealingBy(compares) });
  const { listed: found } = await storage.compareCertificates([listOf([[octets(3), revoked], [twenty, hold]]), listOf([[octets(2), revoked]])], AbortSignal.timeout(10_000));
  expect(found.map(({ evidenceId, list }) => `${evidenceId} by ${list}`)).toEqual(["e2 by 0", "e1 by 1"]);
});

test("without the digest key nothing is found: the digests are not those of the numbers alone", async () => {
  const database = new Database(":memory:");
  database.exec(`CREATE TABLE "evidence" ("id","person_id","certificate_digest","status","status_source","superseded_by_id","ended_at")`);
  const insert = database.prepare(`INSERT INTO "evidence" VALUES ('e0','p',?,'good','ocsp',NULL,NULL)`);
  insert.run(testSealing().lookUpDigest(us, octets(1)));
  const key = createSecretKey(new Uint8Array(32).fill(3));
  expect((await compareWithLists(evidenceIn(database), [key], [listOf([[octets(1), revoked]])], () => false)).listed).toEqual([]);
  insert.run(lookUpDigest(key, us, octets(1)));
  expect((await compareWithLists(evidenceIn(database), [key], [listOf([[octets(1), revoked]])], () => false)).listed).toHaveLength(1);
  database.close();
});

// A thread that is ended from outside while it loads the driver takes the process with it.
test.each([0, 20, 40, 60, 80, 100, 150])("aborted after %i ms, it ends and nothing comes of it", async (milliseconds) => {
  const storage = await freshStorage();
  const entries = Array.from({ length: 200_000 }, (_, index) => [octets(1, index >> 16, (index >> 8) & 0xff, index & 0xff), revoked] as const);
  await expect(storage.compareCertificates([listOf(entries)], AbortSignal.timeout(milliseconds))).rejects.toMatchObject({ name: "TimeoutError" });
});

test("aborted before, it does not begin", async () => {
  await expect((await freshStorage()).compareCertificates([], AbortSignal.abort())).rejects.toMatchObject({ name: "AbortError" });
});

test("a database that cannot be opened is an error, not a comparison without matches", async () => {
  const file = path.join(temporaryDirectory(), "none.db");
  const comparison = compareInThread({ database: { file }, keys: testSealing().lookUpKeys, lists: [] }, AbortSignal.timeout(10_000));
  await expect(comparison).rejects.toThrow("unable to open database file");
});
