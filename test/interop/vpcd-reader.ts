import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";

/**
 * A pcscd of our own with vpcd's reader for virtual cards. pcscd's socket has a fixed place, so it runs
 * in a mount namespace where that place is a directory of ours: whatever pcscd the machine has goes on.
 */
export interface VpcdReader {
  /** Where vpcd waits for the virtual card. */
  readonly host: string;
  readonly port: number;
  /** By this, PC/SC programs find this pcscd and no other. */
  readonly environment: { readonly PCSCLITE_CSOCK_NAME: string };
  stop(): Promise<void>;
}

const pcscd = "/usr/sbin/pcscd";
const driver = ["/usr/lib/pcsc/drivers/serial/libifdvpcd.so", "/usr/lib64/pcsc/drivers/serial/libifdvpcd.so"].find((file) => existsSync(file));
/** Root needs no user namespace, and may not be allowed one. */
const unshare = process.getuid?.() === 0 ? ["--mount"] : ["--mount", "--map-root-user"];

/** What is missing for a reader and for these programs, as a reason to skip; `null` if nothing is. */
export function missingForReader(...programs: readonly string[]): string | null {
  const absent = programs.filter((program) => spawnSync(program, ["--version"]).error !== undefined);
  if (!existsSync(pcscd)) absent.push("pcscd");
  if (driver === undefined) absent.push("vsmartcard-vpcd");
  if (absent.length > 0) return `${absent.join(", ")} is not installed`;
  return spawnSync("unshare", [...unshare, "true"]).status === 0 ? null : "this user may not make a mount namespace";
}

export async function startReader(): Promise<VpcdReader> {
  const directory = mkdtempSync(path.join(tmpdir(), "jpki-bridge-pcscd-"));
  const port = await portBesideTheSystems();
  const configuration = path.join(directory, "reader.conf.d");
  const run = path.join(directory, "run");
  mkdirSync(configuration);
  mkdirSync(run);
  writeFileSync(path.join(configuration, "vpcd"), `FRIENDLYNAME "Virtual PCD"\nDEVICENAME /dev/null:${port}\nLIBPATH ${driver}\nCHANNELID ${port}\n`);
  const start = `mkdir -p /run/pcscd && mount --bind "$0" /run/pcscd && exec ${pcscd} --foreground --config "$1"`;
  const service = spawn("unshare", [...unshare, "sh", "-c", start, run, configuration], { stdio: "ignore" });
  const socket = path.join(run, "pcscd.comm");
  await untilListening(service, socket);
  return {
    host: "127.0.0.1",
    port,
    environment: { PCSCLITE_CSOCK_NAME: socket },
    stop: async () => {
      const ended = once(service, "exit");
      service.kill();
      await ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/**
 * A free port below those that the system gives out by itself: until vpcd takes it and the next, none of the many connections of
 * other tests does. vpcd would say nothing, and there would be no reader.
 */
async function portBesideTheSystems(): Promise<number> {
  for (;;) {
    const port = 2 * randomInt(10_000, 16_000);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => server.once("error", () => resolve(false)).listen(port, "127.0.0.1", () => resolve(true)));
    if (!isFree) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}

async function untilListening(service: ChildProcess, socket: string): Promise<void> {
  while (!(await isListening(socket))) {
    if (service.exitCode !== null) throw new Error(`pcscd has ended with ${service.exitCode}`);
    await pause(50);
  }
}

async function isListening(socket: string): Promise<boolean> {
  const client = connect(socket);
  return new Promise((resolve) => {
    client.once("connect", () => {
      client.destroy();
      resolve(true);
    });
    client.once("error", () => resolve(false));
  });
}
