import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import type { ConfigurationFile } from "../../src/config.ts";
import { cleanEnvironment, program } from "../cli/run-cli.ts";
import { complete, place } from "../config/place.ts";
import { afterTest } from "../storage/temporary.ts";

/** A bridge as a process of its own. */
export interface NodeProcess {
  readonly child: ChildProcess;
  readonly origin: string;
  /** What it has said so far, on both streams. */
  said(): string;
  /** What it ended with: an exit code, or a signal. */
  readonly ended: Promise<number | string | null>;
}

/** Where nodes start: two that share a directory share the database. */
export interface NodePlace {
  readonly directory: string;
  configure(changes: Partial<ConfigurationFile>): void;
}

/** A directory with a configuration for production, but for its limits: a test comes from one address. */
export function nodePlace(changes: Partial<ConfigurationFile> = {}): NodePlace {
  const directory = place();
  const configure = (others: Partial<ConfigurationFile>): void => {
    const file: ConfigurationFile = {
      ...complete(), status: { responders: [{ url: "http://127.0.0.1:9" }] }, listen: { port: 0, drain: { announce: 0, limit: 5 } }, log: "info",
      limits: { requests_per_minute: 1_000_000, sensitive_per_minute: 1_000_000, total_per_second: 100_000 }, ...changes, ...others,
    };
    writeFileSync(path.join(directory, "bridge.yaml"), JSON.stringify(file));
  };
  configure({});
  return { directory, configure };
}

/** Starts `serve` there; resolves once it answers, rejects when it ends before. */
export async function startNode({ directory }: NodePlace, ...parameters: string[]): Promise<NodeProcess> {
  const child = spawn(process.execPath, [program, "serve", "--config", "bridge.yaml", ...parameters], { cwd: directory, env: cleanEnvironment(), stdio: ["ignore", "pipe", "pipe"] });
  afterTest(() => void child.kill("SIGKILL"));
  let said = "";
  const ended = new Promise<number | string | null>((resolve) => child.once("close", (code, signal) => resolve(signal ?? code)));
  const origin = await new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        said += chunk.toString();
        const address = /^jpki-bridge answers for .* on (?<address>\S+:\d+)/mu.exec(said)?.groups?.["address"];
        if (address !== undefined) resolve(`http://${address}`);
      });
    }
    void ended.then(() => reject(new Error(`ended before it answered: ${said}`)));
  });
  return { child, origin, said: () => said, ended };
}
