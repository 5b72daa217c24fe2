import { createServer } from "node:net";
import { CommandError } from "./terminal.ts";

/** A loopback port that a command is about to listen on; 0, a free one, is never taken. */
export interface WantedPort {
  readonly port: number;
  /** Who listens there, as people are told. */
  readonly who: string;
  /** What chooses another: an option, an environment variable. */
  readonly chosenBy: string;
}

/**
 * Before anything is started, so that nothing has to be ended again.
 * @throws CommandError that names the first port somebody else has, and what chooses another.
 */
export async function needPorts(wanted: readonly WantedPort[]): Promise<void> {
  for (const { port, who, chosenBy } of wanted) {
    if (port !== 0 && (await isTaken(port))) throw new CommandError(`port ${port}, for ${who}, is taken by another program: end that one, or choose another port with ${chosenBy}`);
  }
}

/** Other refusals, such as a port for administrators alone, are told by the start itself. */
function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const trial = createServer();
    trial.once("error", (error) => resolve("code" in error && error.code === "EADDRINUSE"));
    trial.listen(port, "127.0.0.1", () => trial.close(() => resolve(false)));
  });
}
