import { type Command, InvalidArgumentError } from "commander";
import { needPorts } from "./ports.ts";
import { coloured, print, printJson, untilStopped, withProgress } from "./terminal.ts";

interface SimulateOptions {
  readonly port: number;
  readonly controlPort: number;
  readonly json?: boolean;
}

export function simulateCommand(command: Command): void {
  command
    .option("--port <port>", "port of the provider, 0 for a free one", portOf, 3000)
    .option("--control-port <port>", "port of the control API, 0 for a free one", portOf, 3001)
    .option("--json", "print the addresses as JSON")
    .addHelpText("after", "\nThe control API describes itself at /, and its faults at /faults. Nothing is kept after the end.")
    .action(async ({ port, controlPort, json }: SimulateOptions) => {
      await needPorts([
        { port, who: "the provider", chosenBy: "--port" },
        { port: controlPort, who: "the control API", chosenBy: "--control-port" },
      ]);
      const { startSimulator } = await import("../sandbox/simulator/simulator.ts");
      const simulator = await withProgress("making the simulator's keys", startSimulator({ ports: { provider: port, control: controlPort } }));
      const { issuer, control, jlis, directory } = simulator;
      if (json === true) printJson({ issuer, control, jlis, data: directory });
      else announce(simulator);
      await untilStopped();
      await simulator.close();
    });
}

function portOf(text: string): number {
  const port = /^[0-9]{1,5}$/u.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) throw new InvalidArgumentError("a port number, 0 to 65535");
  return port;
}

function announce({ issuer, control, jlis, directory }: Record<"issuer" | "control" | "jlis" | "directory", string>): void {
  print(`${coloured("bold", "jpki-bridge simulator")} is ready. Nothing here is a real identity.`);
  print(`  provider       ${coloured("cyan", issuer)}   what a relying party is configured with`);
  print(`  control API    ${coloured("cyan", control)}   personas, levels, faults`);
  print(`  J-LIS stand-in ${coloured("cyan", jlis)}`);
  print(`  data           ${directory}   for JPKI_BRIDGE_DATA of other commands; removed at the end`);
  print("Stop with Ctrl-C.");
}
