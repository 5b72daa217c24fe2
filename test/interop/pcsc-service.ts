import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { listReaders } from "../../client-sdk/src/transports/pcsc.ts";
import { loadBinding } from "../../client-sdk/src/transports/pcsc-binding.ts";

/** pcscd and vpcd, its reader for virtual cards: Debian's packages pcscd and vsmartcard-vpcd. */

const pcscd = "/usr/sbin/pcscd";
const needed = [
  [pcscd, "pcscd"],
  ["/usr/lib/pcsc/drivers/serial/libifdvpcd.so", "vsmartcard-vpcd"],
  ["/usr/bin/flock", "util-linux"],
] as const;

/** Where vpcd waits for virtual cards. */
export const vpcd = { host: "127.0.0.1", port: 35_963 } as const;

/** Tells what is missing for tests with readers, if anything is. */
export async function missingForPcsc(): Promise<string | null> {
  if (process.getuid?.() !== 0) return "pcscd is started by root only";
  const packages = needed.filter(([file]) => !existsSync(file)).map(([, name]) => name);
  if (packages.length > 0) return `${packages.join(", ")} not installed`;
  return loadBinding().then(() => null, () => "pcsc-mini has no binary for this platform");
}

/** Starts pcscd, after whoever else on this machine tests with it, and waits until its readers are there. */
export async function startPcscd(): Promise<ChildProcess> {
  const child = spawn("flock", ["--no-fork", path.join(tmpdir(), "pcscd.lock"), pcscd, "--foreground"], { stdio: "ignore" });
  while (!(await hasReaders())) {
    if (child.exitCode !== null) throw new Error(`pcscd has ended with ${child.exitCode}`);
    await pause(100);
  }
  return child;
}

export async function stopPcscd(child: ChildProcess): Promise<void> {
  const ended = once(child, "exit");
  child.kill();
  await ended;
}

async function hasReaders(): Promise<boolean> {
  return listReaders().then((readers) => readers.length > 0, () => false);
}
