/** `jpki-bridge serve` as an operator starts it, on a prepared directory, with a relying party that is registered for access in its own name. */
import { spawn } from "node:child_process";
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { openStorage } from "../../src/cli/bridge.ts";
import { systemClock } from "../../src/clock.ts";
import { loadConfiguration } from "../../src/config.ts";
import { orThrow } from "../../src/errors.ts";
import { addRelyingParty, metadataOf } from "../../src/relying-parties/index.ts";
import { freePort } from "../../src/sandbox/sandbox-configuration.ts";
import { bridgeStart } from "../bridge-start.ts";
import { processorTime } from "../server-process.ts";
import { production } from "../start.ts";
import type { RunningGrants } from "./glewlwyd.ts";

const resource = "https://resource.example";
// All of this load comes from one address.
const limits = { requests_per_minute: 10_000_000, sensitive_per_minute: 10_000_000, total_per_second: 1_000_000 };

/** @param parameters - more for `serve`, such as `--workers`, `2`. */
export async function startServing(...parameters: readonly string[]): Promise<RunningGrants> {
  const directory = mkdtempSync(path.join(tmpdir(), "jpki-bridge-bench-"));
  const port = await freePort();
  const file = path.join(directory, "bridge.json");
  writeFileSync(file, JSON.stringify({ ...production(directory, port), listen: { host: "127.0.0.1", port, drain: { announce: 0 } }, limits, resources: [{ identifier: resource, name: "Bench", scopes: ["bench"] }] }));
  const storage = await openStorage(loadConfiguration(file));
  const metadata = metadataOf({ clientId: "bench", name: "Bench", redirectUris: ["https://rp.example/callback"], authentication: "client_secret_basic", clientCredentials: { [resource]: ["bench"] } });
  const { secret } = await addRelyingParty(storage, orThrow(metadata), systemClock());
  await storage.close();
  const output = path.join(directory, "output");
  const child = spawn(process.execPath, [...bridgeStart.execArgv, path.resolve(import.meta.dirname, "../../src/cli/jpki-bridge.js"), "serve", "--config", file, ...parameters], { stdio: ["ignore", openSync(output, "w"), "inherit"], env: bridgeStart.env });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill();
    await ended;
    rmSync(directory, { recursive: true });
  };
  // It says where it answers when all of its processes do.
  while (!readFileSync(output, "utf8").includes("answers for")) {
    if (child.exitCode !== null) throw new Error("serve ended before it answered");
    await setTimeout(20);
  }
  const cpuMs = (): number => [String(child.pid), ...childrenOf(child.pid)].reduce((sum, pid) => sum + processorTime(Number(pid)), 0);
  return { tokenUrl: `http://127.0.0.1:${port}/token`, clientId: "bench", clientSecret: secret ?? "", scope: "bench", resource, cpuMs, stop };
}

/** The workers, as Linux tells it. */
const childrenOf = (pid: number | undefined): string[] => readFileSync(`/proc/${String(pid)}/task/${String(pid)}/children`, "utf8").split(" ").filter(Boolean);
