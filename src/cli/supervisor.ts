import { type Configuration, ConfigurationError, loadConfiguration } from "../config.ts";
import { createLogger, type Logger } from "../log.ts";
import { print, startedUnlessStopped, stopAtOnceWhenAskedAgain } from "./terminal.ts";
import { openStorage } from "./with-storage.ts";
import { startSupervisorObservation } from "./supervisor-observation.ts";
import { startWorkers, type Workers } from "./workers.ts";

/** Seconds that a worker has beyond its connections' for what else it ends. What runs us gives two more: docs/operations.md. */
const closingSeconds = 8;

/**
 * Keeps workers running until it is asked to stop: then all are drained. SIGHUP reads the configuration
 * anew and replaces them one after another, so that no request is refused.
 * @throws ConfigurationError; CommandError when a worker cannot be kept running.
 */
export async function supervise(file: string, count: number, stopped: Promise<void>): Promise<void> {
  // Before anything is there to replace: SIGHUP would end the process.
  let reload: () => void = () => undefined;
  process.on("SIGHUP", () => reload());
  let configuration = await startedUnlessStopped(stopped, () => prepare(file));
  const log = createLogger(configuration.log);
  const workers = await startedUnlessStopped(stopped, () => startWorkers({ count, log, limit: () => configuration.listen.drain.limit + closingSeconds }));
  const observation = await startSupervisorObservation(configuration);
  const { address, port } = workers.address;
  print(`jpki-bridge answers for ${configuration.issuer} on ${address}:${port} with ${count} ${count === 1 ? "worker" : "workers"}`);
  reload = oneAfterAnother(() =>
    reloaded(file, log, async (next) => {
      configuration = next;
      await workers.replaceAll();
    }));
  await untilEnd(workers, stopped);
  await observation.close();
}

/** Migrates the database once, before workers come that find it done; what is wrong with either is said once. */
async function prepare(file: string): Promise<Configuration> {
  const configuration = loadConfiguration(file);
  const storage = await openStorage(configuration);
  await storage.close();
  return configuration;
}

/** Runs it once at a time. Asked for meanwhile, however often, it is run once more: it reads what is there then. */
export function oneAfterAnother(work: () => Promise<void>): () => void {
  let [isRunning, isAskedFor] = [false, false];
  const run = async (): Promise<void> => {
    isRunning = true;
    while (isAskedFor) {
      isAskedFor = false;
      await work();
    }
    isRunning = false;
  };
  return () => {
    isAskedFor = true;
    if (!isRunning) void run();
  };
}

async function reloaded(file: string, log: Logger, use: (configuration: Configuration) => Promise<void>): Promise<void> {
  try {
    await use(await prepare(file));
  } catch (error) {
    const problems = error instanceof ConfigurationError ? error.problems : [error instanceof Error ? error.name : "unknown"];
    log.error({ problems }, "the configuration was not read anew: the workers go on with the one they have");
  }
}

async function untilEnd(workers: Workers, stopped: Promise<void>): Promise<void> {
  try {
    await Promise.race([stopped, workers.failed]);
  } finally {
    stopAtOnceWhenAskedAgain(() => {
      workers.kill();
      process.exit(1);
    });
    await workers.drain();
  }
}
