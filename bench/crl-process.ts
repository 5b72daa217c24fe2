/** One process of the CRL benchmark, so that its memory is its own: `crl-process.ts load|restart DIRECTORY`. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { sizeOfTable } from "../src/pki/crl-serials.ts";
import type { VerifiedCrl } from "../src/pki/crl-verification.ts";
import { parseCertificate } from "../src/pki/certificate.ts";
import { crlFetcher } from "../src/revocation/crl-fetch.ts";
import { createCrlShelf } from "../src/revocation/crl-shelf.ts";
import { createCrlStore } from "../src/revocation/crl-store.ts";
import { peakOf } from "./peak-memory.ts";
import { generatedSerial } from "../test/pki/crl-generator.ts";

export type CrlFigures = Readonly<Record<string, number>>;

const [mode = "", directory = ""] = process.argv.slice(2);
const maximumBytes = 256 * 2 ** 20;
const location = { file: path.join(directory, "list.crl") };
const parsed = parseCertificate(Uint8Array.from(readFileSync(path.join(directory, "authority.der"))));
if (!parsed.valid) throw new Error(parsed.at);
const issuer = parsed.value;
const now = Number(readFileSync(path.join(directory, "time"), "utf8"));
const saved = { sources: [{ location, issuer }], fetch, directory: path.join(directory, "saved") };

const modes: Readonly<Record<string, () => Promise<CrlFigures>>> = { load, restart };
process.stdout.write(JSON.stringify(await modes[mode]?.()));

async function read(): Promise<VerifiedCrl> {
  const fetched = await crlFetcher(location, fetch, maximumBytes)(AbortSignal.timeout(60_000));
  if (!fetched.valid || fetched.value === null) throw new Error(fetched.valid ? "not read" : `${fetched.code} ${fetched.at}`);
  const admitted = createCrlShelf().admit(fetched.value.crl, issuer, now);
  if (!admitted.valid) throw new Error(`${admitted.code} ${admitted.at}`);
  return admitted.value.crl;
}

async function load(): Promise<CrlFigures> {
  const start = performance.now();
  const { revoked } = (await read()).entries;
  const loadMs = performance.now() - start;
  const peakMiB = peakOf("self");
  const serials = Array.from({ length: 200_000 }, (_, index) => generatedSerial(index * 7));
  const map = new Map(Array.from({ length: revoked.size }, (_, index) => [generatedSerial(index).toString("hex"), { revokedAt: index, reason: null }]));
  const lookUps = perSecond(serials, (serial) => revoked.find(serial) !== null);
  const mapLookUps = perSecond(serials, (serial) => map.has(serial.toString("hex")));
  await createCrlStore(saved).refresh(now);
  return { loadMs, peakMiB, entries: revoked.size, indexMiB: sizeOfTable(revoked.table) / 2 ** 20, lookUps, mapLookUps };
}

function perSecond(serials: readonly Buffer[], find: (serial: Buffer) => boolean): number {
  const once = (): number => {
    const start = performance.now();
    const found = serials.filter(find).length;
    if (found === 0 || found === serials.length) throw new Error("look-ups prove nothing");
    return (serials.length / (performance.now() - start)) * 1000;
  };
  return Math.max(once(), once(), once());
}

async function restart(): Promise<CrlFigures> {
  const start = performance.now();
  const store = createCrlStore(saved);
  const listed = store.lists(issuer, generatedSerial(1)) && !store.lists(issuer, generatedSerial(10 ** 7));
  if (!listed) throw new Error("the saved CRL was not read");
  return { restartMs: performance.now() - start };
}
