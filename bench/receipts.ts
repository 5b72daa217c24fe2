import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { openSqlite, Sealing, type Storage, verifyReceipts } from "../src/storage/index.ts";
import type { Measurement } from "./measurement.ts";
import { benchSignIn } from "./signin.ts";

const receipts = 5000;
const parallel = 16;

/** What signing costs a receipt, the process's own time, beside a complete sign-in, which leaves one; and what it costs to verify a log. */
export async function benchReceipts(): Promise<Measurement[]> {
  const directory = mkdtempSync(path.join(tmpdir(), "jpki-bridge-bench-"));
  const storage = openSqlite(path.join(directory, "bridge.db"), new Sealing([{ id: "bench", key: new Uint8Array(32).fill(1) }], new Uint8Array(32)));
  try {
    const before = perSignature(storage);
    const writing = await perReceipt(() => Promise.all(Array.from({ length: parallel }, () => storage.recordReceipt({ kind: "assertion_issued", at: 1, personId: null, detail: { text: "x".repeat(1500) } }))));
    const began = performance.now();
    const { fault } = await verifyReceipts(storage.read);
    if (fault !== null) throw new Error("the chain is broken");
    const verifying = ((performance.now() - began) * 1000) / (await storage.read.receipt.count());
    const signIns = (await benchSignIn()).find(({ name }) => name === "complete passkey sign-ins");
    const signIn = 1_000_000 / (signIns?.value ?? Number.NaN);
    // Before and after, as whatever else the machine does weighs on both.
    const signing = (before + perSignature(storage)) / 2;
    return [
      compare("signature of a receipt", signing, "a complete sign-in", signIn),
      compare("receipt written, 16 at once", writing, "the same without its signature", writing - before),
      compare("receipt verified in its chain", verifying, "its signature made", before),
    ];
  } finally {
    await storage.close();
    rmSync(directory, { recursive: true });
  }
}

/** Microseconds. */
function perSignature({ receiptSigner }: Storage): number {
  const octets = new Uint8Array(54);
  const began = performance.now();
  for (let index = 0; index < receipts; index += 1) receiptSigner.sign(octets);
  return ((performance.now() - began) * 1000) / receipts;
}

async function perReceipt(batch: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  for (let written = 0; written < receipts; written += parallel) await batch();
  return ((performance.now() - began) * 1000) / receipts;
}

const round = (value: number): number => Math.round(value * 1000) / 1000;
const compare = (name: string, value: number, baseline: string, base: number): Measurement => ({ name, value: round(value), unit: "us", baseline: { name: baseline, value: round(base) }, ratio: round(value / base) });
