import { type ChildProcess, execFileSync, fork } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type Place, preparePlace } from "../../bench/place.ts";
import { redirectUri } from "../../bench/signin.ts";
import { sandboxConfigurationFile } from "../../src/config.ts";
import { afterTest } from "../storage/temporary.ts";

/** A bridge in a process of its own whose database has no room, or has it again. */
export interface Cramped {
  readonly place: Place;
  readonly databaseFile: string;
  fill(): void;
  makeRoom(): void;
}

/** A way to run out of room. */
export interface Cramping {
  readonly name: string;
  /** Why this machine has no such way; null where it has. */
  readonly missing: string | null;
  readonly start: () => Promise<Cramped>;
}

const megabyte = 1 << 20;

/** Starts the bridge on a database in a directory; waits until it listens. */
async function startIn(directoryOf: (place: Place) => string): Promise<{ place: Place; databaseFile: string; child: ChildProcess }> {
  const place = await preparePlace(redirectUri);
  afterTest(() => place.close());
  const databaseFile = path.join(directoryOf(place), "bridge.db");
  copyFileSync(path.join(place.directory, "jpki-bridge.db"), databaseFile);
  const configurationFile = path.join(place.directory, sandboxConfigurationFile);
  writeFileSync(configurationFile, JSON.stringify({ ...(JSON.parse(readFileSync(configurationFile, "utf8")) as object), database: { file: databaseFile }, log: "silent" }));
  const child = fork(new URL("../../bench/servers/bridge.ts", import.meta.url), [place.directory], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  afterTest(() => new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.kill("SIGKILL");
  }));
  await new Promise<void>((resolve, reject) => {
    child.once("message", () => resolve());
    child.once("exit", (code) => reject(new Error(`the bridge ended with ${code}`)));
  });
  return { place, databaseFile, child };
}

const runs = (command: string, ...parameters: readonly string[]): boolean => {
  try {
    execFileSync(command, parameters, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
};

function mountable(): string | null {
  const probe = path.join(process.cwd(), "node_modules", `.tmpfs-probe-${process.pid}`);
  mkdirSync(probe, { recursive: true });
  const isMounted = runs("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", probe) && runs("umount", probe);
  rmSync(probe, { recursive: true, force: true });
  return isMounted ? null : "a file system can be mounted by root alone";
}

/** A file system of 8 MiB, full of something else. */
const fileSystem: Cramping = {
  name: "a file system without room",
  missing: mountable(),
  start: async () => {
    const mounted = (place: Place): string => {
      const directory = path.join(place.directory, "small");
      mkdirSync(directory, { mode: 0o700 });
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=8m,mode=0700", "tmpfs", directory]);
      afterTest(() => void execFileSync("umount", ["--lazy", directory]));
      return directory;
    };
    const { place, databaseFile } = await startIn(mounted);
    const ballast = path.join(path.dirname(databaseFile), "ballast");
    return {
      place, databaseFile,
      fill: () => {
        try {
          for (let size = 1; ; size += 1) writeFileSync(ballast, Buffer.alloc(4096), { flag: "a" });
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
        }
      },
      makeRoom: () => rmSync(ballast),
    };
  },
};

/** No file of the process may grow (RLIMIT_FSIZE), as with a quota. */
const quota: Cramping = {
  name: "a limit on the size of files",
  missing: runs("prlimit", "--version") ? null : "prlimit of util-linux is missing",
  start: async () => {
    const { place, databaseFile, child } = await startIn((each) => each.directory);
    const limit = (octets: string): void => void execFileSync("prlimit", ["--pid", String(child.pid), `--fsize=${octets}:`]);
    return { place, databaseFile, fill: () => limit(String(Math.min(statSync(`${databaseFile}-wal`).size, megabyte))), makeRoom: () => limit("unlimited") };
  },
};

export const crampings: readonly Cramping[] = [fileSystem, quota];
