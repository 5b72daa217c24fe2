import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { randomBytes, toBase64Url } from "../src/bytes.ts";
import type { ConfigurationFile } from "../src/config.ts";
import { freePort } from "../src/sandbox/sandbox-configuration.ts";
import { jpkiAuthority } from "../test/certificates/jpki.ts";
import { bridgeStart } from "./bridge-start.ts";
import { send } from "./http.ts";
import { compare, type Measurement } from "./measurement.ts";
import { preparePlace } from "./place.ts";
import { residentMemory, startServer } from "./server-process.ts";
import { enrol, parallel, passkeySignIn, redirectUri } from "./signin.ts";

const signIns = 5000;
const goals = { answer: 1000, memory: 250 };

/** `jpki-bridge serve` from its command line to its first answer, and what it holds in memory then and after 5,000 sign-ins. */
export async function benchStart(): Promise<Measurement[]> {
  const bare = await startServer("servers/bare.ts");
  const bareMemory = bare.memory();
  await bare.stop();
  const directory = mkdtempSync(path.join(tmpdir(), "jpki-bridge-bench-"));
  try {
    const port = await freePort();
    const file = path.join(directory, "bridge.json");
    writeFileSync(file, JSON.stringify(production(directory, port)));
    const first = await firstAnswer(file, port);
    const again = await firstAnswer(file, port);
    return [
      compare("spawn to first answer", again.ms, "ms", "bare oidc-provider", bare.startMs),
      compare("spawn to first answer", again.ms, "ms", "goal", goals.answer),
      compare("spawn to first answer, nothing there yet", first.ms, "ms", "the starts after it", again.ms),
      compare("resident memory after the start", again.memory, "MiB", "bare oidc-provider", bareMemory),
      compare(`resident memory after ${signIns} sign-ins`, await memoryAfterSignIns(), "MiB", "goal", goals.memory),
    ];
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** As docs/configuration.md has it, without a network. */
export function production(directory: string, port: number): ConfigurationFile {
  const write = (name: string, content: string | Uint8Array): string => {
    writeFileSync(path.join(directory, name), content, { mode: 0o600 });
    return name;
  };
  const key = (name: string): string => write(name, toBase64Url(randomBytes(32)));
  return {
    issuer: "https://login.example.jp",
    listen: { host: "127.0.0.1", port },
    database: { file: "bridge.db" },
    sealing: { keys: [{ id: "1", file: key("sealing.key") }], digest_key_file: key("digest.key") },
    trust: { user_authentication: [write("authentication.der", jpkiAuthority("authentication").certificate)], signature: [write("signature.der", jpkiAuthority("signature").certificate)] },
    status: { responders: [{ url: "http://127.0.0.1:9" }] },
    enrolment: { app_link: "https://app.example.jp/enrol" },
    log: "info",
  };
}

async function firstAnswer(file: string, port: number): Promise<{ ms: number; memory: number }> {
  const started = performance.now();
  const child = spawn(process.execPath, [...bridgeStart.execArgv, path.resolve(import.meta.dirname, "../src/cli/jpki-bridge.js"), "serve", "--config", file], { stdio: ["ignore", "ignore", "inherit"], env: bridgeStart.env });
  const ended = new Promise<never>((_resolve, reject) => child.once("exit", (code) => reject(new Error(`serve ended with ${String(code)}`))));
  await Promise.race([answering(`http://127.0.0.1:${port}/healthz`), ended]);
  const figures = { ms: performance.now() - started, memory: residentMemory(child.pid) };
  child.kill();
  await ended.catch(() => undefined);
  return figures;
}

async function answering(url: string): Promise<void> {
  while ((await send("GET", url).then((reply) => reply.status, () => 0)) !== 200) await setTimeout(2);
}

async function memoryAfterSignIns(): Promise<number> {
  const place = await preparePlace(redirectUri);
  const bridge = await startServer("servers/bridge.ts", place.directory);
  const authenticator = await enrol(place);
  let left = signIns;
  await Promise.all(Array.from({ length: parallel }, async () => {
    for (; left > 0; left -= 1) await passkeySignIn(place, authenticator);
  }));
  const memory = bridge.memory();
  await bridge.stop();
  await place.close();
  return memory;
}
