import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { defaultPolicy } from "../src/assurance/index.ts";
import { randomBytes } from "../src/bytes.ts";
import { makeSafe } from "../src/cli/after-restore.ts";
import { openSqlite, Sealing } from "../src/storage/index.ts";
import { now } from "../test/certificates/authority.ts";
import { compare, type Measurement } from "./measurement.ts";
import { populate } from "./population.ts";

const count = 20_000;
/** Seconds. */
const goal = 30;

/** A database of 20,000 connected people is made safe after it was put back: everybody is signed out, and their relying parties are to hear of it. */
export async function benchRestore(): Promise<Measurement[]> {
  const directory = mkdtempSync(path.join(tmpdir(), "jpki-bridge-bench-"));
  const file = path.join(directory, "bench.db");
  const storage = openSqlite(file, new Sealing([{ id: "bench", key: randomBytes(32) }], randomBytes(32)));
  try {
    populate(file, storage.sealing, { count, at: now - 7200, entryOf: () => null, connectedWith: { clientId: "bench", sector: "bench.example" } });
    const began = performance.now();
    const { people } = await makeSafe(storage, { at: now, policy: defaultPolicy, nothingLacks: null });
    const told = await storage.read.announcement.count();
    if (people !== count || told < count) throw new Error(`${people} people were signed out, ${told} events are to be told`);
    return [compare(`${count} people signed out after a restore`, (performance.now() - began) / 1000, "s", "goal", goal)];
  } finally {
    await storage.close();
    rmSync(directory, { recursive: true });
  }
}
