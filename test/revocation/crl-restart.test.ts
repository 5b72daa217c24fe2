import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, expect, test } from "vitest";
import { sends, startServer, type TestServer } from "./servers.ts";
import { authority, crlType, issuer, municipalCrl, subject } from "./world.ts";
import { createCrlStore, type CrlStore } from "../../src/revocation/crl-store.ts";
import { now } from "../certificates/authority.ts";
import { jpkiAuthority } from "../certificates/jpki.ts";
import { parsed } from "../certificates/ocsp-factory.ts";
import { generatedCrl, generatedSerial } from "../pki/crl-generator.ts";

/** What a restart remembers of the CRLs, and what it does not believe. */

const hour = 3600;
const places: string[] = [];
afterEach(() => places.splice(0).forEach((place) => rmSync(place, { recursive: true, force: true })));

function place(): string {
  const made = mkdtempSync(path.join(tmpdir(), "crl-directory-"));
  places.push(made);
  return path.join(made, "crl");
}

const storeAt = (server: TestServer, directory: string, by = issuer): CrlStore =>
  createCrlStore({ sources: [{ location: { url: server.url }, issuer: by, refreshSeconds: hour }], fetch, directory });
const crl = (der: Uint8Array) => sends(der, crlType);
const later = (number: number, reason?: number) => crl(municipalCrl(number, { thisUpdate: now + hour - 60, nextUpdate: now + 48 * hour }, reason));

async function numberAt(store: CrlStore, at: number): Promise<string> {
  const found = await store.find(subject, at, AbortSignal.timeout(2000));
  return found.valid ? `number ${found.value.number ?? "none"}` : found.code;
}

/** A server whose first CRL (number 7, the person's certificate listed) is fetched and saved. */
async function savedOnce(): Promise<{ server: TestServer; directory: string; file: string }> {
  const server = await startServer(crl(municipalCrl(7, {}, 4)));
  const directory = place();
  await storeAt(server, directory).refresh(now);
  const files = readdirSync(directory);
  expect(files).toHaveLength(1);
  return { server, directory, file: path.join(directory, files[0] ?? "") };
}

test("a restart asks no source until it is due, and knows what it knew", async () => {
  const { server, directory, file } = await savedOnce();
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const store = storeAt(server, directory);
  expect(store.lists(issuer, subject.certificate.serialNumber)).toBe(true);
  expect(store.lists(issuer, Uint8Array.of(1))).toBe(false);
  const found = await store.find(subject, now + hour - 1, AbortSignal.timeout(2000));
  if (!found.valid) expect.fail(found.at);
  expect(found.value.entries.revoked.find(subject.certificate.serialNumber)).toEqual({ revokedAt: now - 86_400, reason: "superseded" });
  expect(store.snapshot().crls).toEqual([{ number: "7", thisUpdate: now - 3600, nextUpdate: now + 86_400, entries: 1 }]);
  expect(server.requests()).toBe(1);
  await store.refresh(now + hour);
  expect(server.requests()).toBe(2);
});

const successors: readonly (readonly [name: string, behaviour: ReturnType<typeof crl>, expected: string, failures: object, vanished: number])[] = [
  ["a higher number", later(8, 4), "number 8", {}, 0],
  ["a lower number", later(6, 4), "number 7", { crl_number_regressed: 1 }, 0],
  ["the same number, other content", later(7), "number 7", { crl_number_regressed: 1 }, 0],
  ["a revocation that vanished", later(8), "number 8", {}, 1],
  ["the same CRL", crl(municipalCrl(7, {}, 4)), "number 7", {}, 0],
];

test.each(successors)("after a restart: %s", async (_, behaviour, expected, failures, vanished) => {
  const { server, directory } = await savedOnce();
  server.behave(behaviour);
  const store = storeAt(server, directory);
  expect(await numberAt(store, now + hour)).toBe(expected);
  expect(store.snapshot()).toMatchObject({ crlFailures: failures, vanishedRevocations: vanished, unsavedCrls: 0 });
  expect(readdirSync(directory)).toHaveLength(1);
});

test("a CRL past its nextUpdate lets nobody in after a restart, and still lists whom it listed", async () => {
  const { server, directory } = await savedOnce();
  server.behave(sends("", crlType, 500));
  const store = storeAt(server, directory);
  expect(await numberAt(store, now + 86_401)).toBe("crl_missing");
  expect(store.lists(issuer, subject.certificate.serialNumber)).toBe(true);
});

const damages: readonly (readonly [name: string, damage: (file: string) => void])[] = [
  ["empty", (file) => truncateSync(file)],
  ["a short one", (file) => truncateSync(file, 40)],
  ["cut", (file) => truncateSync(file, statSync(file).size - 1)],
  ["garbage", (file) => writeFileSync(file, Buffer.alloc(500, 0x5a))],
  ["gone", (file) => rmSync(file)],
  ...[0, 40, 100, 500, 700].map((at) => [`an octet changed at ${at}`, (file: string) => flip(file, at)] as const),
];

function flip(file: string, at: number): void {
  const octets = readFileSync(file);
  octets[at] = (octets[at] ?? 0) ^ 1;
  writeFileSync(file, octets);
}

test.each(damages)("a damaged file is as none: %s", async (_, damage) => {
  const { server, directory, file } = await savedOnce();
  damage(file);
  const store = storeAt(server, directory);
  expect(store.lists(issuer, subject.certificate.serialNumber)).toBe(false);
  expect(await numberAt(store, now)).toBe("number 7");
  expect(server.requests()).toBe(2);
});

test("the file of another authority in its place is not believed", async () => {
  const { server, directory, file } = await savedOnce();
  const second = parsed(jpkiAuthority("authentication", 2).certificate);
  const other = await startServer(sends("", crlType, 500));
  storeAt(other, directory, second);
  const ours = path.join(directory, "ours");
  renameSync(file, ours);
  await storeAt(server, directory).refresh(now);
  renameSync(ours, file);
  expect(storeAt(other, directory, second).lists(second, subject.certificate.serialNumber)).toBe(false);
  expect(storeAt(server, directory).lists(second, subject.certificate.serialNumber)).toBe(false);
  const elsewhere = await startServer(crl(municipalCrl(7)));
  expect(storeAt(elsewhere, directory).lists(issuer, subject.certificate.serialNumber)).toBe(false);
});

test("a clock that was set back does not keep a source unasked", async () => {
  const { server, directory } = await savedOnce();
  await storeAt(server, directory).refresh(now - 600);
  expect(server.requests()).toBe(2);
});

test("where nothing can be written the CRL still speaks, and the operator is told", async () => {
  const server = await startServer(crl(municipalCrl(7)));
  const directory = place();
  const store = storeAt(server, directory);
  rmSync(directory, { recursive: true });
  writeFileSync(directory, "");
  expect(await numberAt(store, now)).toBe("number 7");
  expect(store.snapshot().unsavedCrls).toBe(1);
});

test("100,000 entries are saved and found again", async () => {
  const count = 100_000;
  const server = await startServer(crl(generatedCrl(authority, count)));
  const directory = place();
  await storeAt(server, directory).refresh(now);
  const store = storeAt(server, directory);
  expect(store.snapshot().crls).toMatchObject([{ entries: count }]);
  expect(Array.from({ length: 100 }, (_, index) => store.lists(issuer, generatedSerial(index * 1000)))).toEqual(Array(100).fill(true));
  expect(store.lists(issuer, generatedSerial(count))).toBe(false);
});
