import cluster from "node:cluster";
import { type Command, InvalidArgumentError } from "commander";
import { loadConfiguration } from "../config.ts";
import { print, startedUnlessStopped, stopAtOnceWhenAskedAgain, untilStopped } from "./terminal.ts";

export function serveCommand(command: Command): void {
  command
    .requiredOption("--config <file>", "configuration file (YAML or JSON), see docs/configuration.md")
    .option("--workers <count>", "answer in so many processes, one a core; SIGHUP replaces them one after another", wholeNumber)
    .option("--check", "check the configuration and stop")
    .action(async ({ config, workers, check }: { config: string; workers?: number; check?: boolean }) => {
      // Loaded only now: the other commands need none of it.
      if (cluster.isWorker) return (await import("./worker.ts")).runWorker(loadConfiguration(config));
      if (check === true) return checkAlone(config);
      // From here on: no signal ends the first process of a container by itself.
      const stopped = untilStopped();
      if (workers !== undefined) return (await import("./supervisor.ts")).supervise(config, workers, stopped);
      await serveAlone(config, stopped);
    });
}

function checkAlone(file: string): void {
  loadConfiguration(file);
  print("the configuration is complete");
}

async function serveAlone(file: string, stopped: Promise<void>): Promise<void> {
  const configuration = loadConfiguration(file);
  const bridge = await startedUnlessStopped(stopped, async () => (await import("./bridge.ts")).startBridge(configuration));
  print(`jpki-bridge answers for ${configuration.issuer} on ${bridge.address.address}:${bridge.address.port}`);
  await stopped;
  stopAtOnceWhenAskedAgain();
  await bridge.drain(configuration.listen.drain);
  await bridge.close();
  // By itself it would not end while a token hangs.
  process.exit();
}

function wholeNumber(text: string): number {
  if (!/^[1-9][0-9]?$/.test(text)) throw new InvalidArgumentError("must be a number from 1 to 99");
  return Number(text);
}
