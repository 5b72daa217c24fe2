import type { Command } from "commander";
import { loadConfiguration } from "../config.ts";
import { print, untilStopped } from "./terminal.ts";

export function serveCommand(command: Command): void {
  command
    .requiredOption("--config <file>", "configuration file (YAML or JSON), see docs/configuration.md")
    .option("--check", "check the configuration and stop")
    .action(async ({ config, check }: { config: string; check?: boolean }) => {
      const configuration = loadConfiguration(config);
      if (check === true) return print("the configuration is complete");
      // Loaded only now: the other commands need none of it.
      const { startBridge } = await import("./bridge.ts");
      const bridge = await startBridge(configuration);
      print(`jpki-bridge answers for ${configuration.issuer} on ${bridge.address.address}:${bridge.address.port}`);
      await untilStopped();
      await bridge.close();
    });
}
