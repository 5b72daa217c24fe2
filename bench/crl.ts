import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { toBase64 } from "../src/bytes.ts";
import { makeAuthority, now } from "../test/certificates/authority.ts";
import { testKey } from "../test/certificates/keys.ts";
import { generatedCrl } from "../test/pki/crl-generator.ts";
import type { CrlFigures } from "./crl-process.ts";
import type { Measurement } from "./measurement.ts";
import { peakOf } from "./peak-memory.ts";

const entries = 1_000_000;
const runs = 3;

/** A CRL of 1,000,000 entries with serial numbers of 20 octets: first load, index, look-ups, restart. */
export async function benchCrl(): Promise<Measurement[]> {
  const directory = mkdtempSync(path.join(tmpdir(), "jpki-bridge-bench-"));
  try {
    return await measure(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function measure(directory: string): Promise<Measurement[]> {
  const authority = makeAuthority({ key: testKey("rsa-2048", "bench") });
  const crl = generatedCrl(authority, entries);
  const file = (name: string) => path.join(directory, name);
  writeFileSync(file("list.crl"), crl);
  writeFileSync(file("authority.der"), authority.certificate);
  writeFileSync(file("authority.pem"), `-----BEGIN CERTIFICATE-----\n${toBase64(authority.certificate).replace(/.{64}/g, "$&\n")}\n-----END CERTIFICATE-----\n`);
  writeFileSync(file("time"), String(now));

  const loads: CrlFigures[] = [];
  const opensslRuns: (CrlFigures | null)[] = [];
  // In turn, so that other work of the machine falls on both.
  for (let run = 0; run < runs; run += 1) {
    opensslRuns.push(await runOpenssl(directory));
    loads.push(await runProcess("load", directory));
  }
  const ours = middle(loads, "loadMs");
  const openssl = opensslRuns.every((run) => run !== null) ? middle(opensslRuns, "ms") : null;
  const restart = await runProcess("restart", directory);

  const missing = { name: "openssl crl: no openssl on this machine", value: 0 };
  const against = (key: string) => (openssl === null ? missing : { name: "openssl crl -noout -CAfile, reading and verifying", value: openssl[key] ?? 0 });
  return [
    figure("CRL of 1,000,000 entries: first load with signature", ours["loadMs"], "ms", against("ms")),
    figure("CRL of 1,000,000 entries: peak memory of the process", ours["peakMiB"], "MiB", against("peakMiB")),
    figure("CRL of 1,000,000 entries: index", ours["indexMiB"], "MiB", { name: "the CRL in DER", value: crl.length / 2 ** 20 }),
    figure("CRL look-ups", ours["lookUps"], "1/s", { name: "Map of hexadecimal text", value: ours["mapLookUps"] ?? 0 }),
    figure("CRL ready after a restart", restart["restartMs"], "ms", { name: "first load", value: ours["loadMs"] ?? 0 }),
  ];
}

function figure(name: string, value: number | undefined, unit: string, baseline: Measurement["baseline"]): Measurement {
  const rounded = round(value ?? 0);
  return { name, value: rounded, unit, baseline: { name: baseline.name, value: round(baseline.value) }, ratio: baseline.value === 0 ? 0 : round(rounded / baseline.value) };
}

const round = (value: number): number => Math.round(value * 100) / 100;

function middle(figures: readonly CrlFigures[], by: string): CrlFigures {
  return figures.toSorted((a, b) => (a[by] ?? 0) - (b[by] ?? 0))[Math.floor(figures.length / 2)] ?? {};
}

async function runProcess(mode: string, directory: string): Promise<CrlFigures> {
  const { stdout } = await promisify(execFile)(process.execPath, [path.join(import.meta.dirname, "crl-process.ts"), mode, directory]);
  return JSON.parse(stdout) as CrlFigures;
}

/** Time and peak memory of openssl; `null` when there is none. */
async function runOpenssl(directory: string): Promise<CrlFigures | null> {
  const start = performance.now();
  const child = spawn("openssl", ["crl", "-inform", "DER", "-in", "list.crl", "-CAfile", "authority.pem", "-noout"], { cwd: directory, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  let peakMiB = 0;
  // The peak only grows; once the process is gone there is nothing to read.
  const watching = setInterval(() => (peakMiB = peakOf(String(child.pid)) || peakMiB), 10);
  try {
    await once(child, "close");
  } catch {
    return null;
  } finally {
    clearInterval(watching);
  }
  if (!said.includes("verify OK")) throw new Error(`openssl crl: ${said}`);
  return { ms: performance.now() - start, peakMiB };
}

