import type { Command } from "commander";
import type { ConfigurationFile } from "../config.ts";
import { needPorts } from "./ports.ts";
import { coloured, print, printJson, untilStopped, withProgress } from "./terminal.ts";

export function sandboxCommand(command: Command): void {
  command
    .option("--json", "print the addresses as JSON")
    .addHelpText("after", "\nEnvironment: PORT (3000), DEMO_RP_PORT (3100), JLIS_PORT (3200), JPKI_BRIDGE_DATA (./data), DATABASE_URL (a file there)")
    .action(async ({ json }: { json?: boolean }) => {
      const { sandboxEnvironment } = await import("../config.ts");
      const { directory, databaseUrl, ports } = sandboxEnvironment(process.env);
      await needPorts([
        { port: ports.bridge, who: "the provider", chosenBy: "PORT" },
        { port: ports.demoService, who: "the demo relying party", chosenBy: "DEMO_RP_PORT" },
        { port: ports.jlis, who: "the J-LIS stand-in", chosenBy: "JLIS_PORT" },
      ]);
      const { startSandbox } = await import("../sandbox/sandbox.ts");
      const sandbox = await withProgress("making the sandbox's keys", startSandbox({ directory, ports, ...(databaseUrl !== null && { configure: onPostgresql(directory, databaseUrl) }) }));
      const addresses = { provider: sandbox.issuer, demo_relying_party: sandbox.demoService.origin, jlis: sandbox.jlis.origin };
      if (json === true) printJson(addresses);
      else announce(addresses);
      await untilStopped();
      await sandbox.close();
    });
}

/** The data in PostgreSQL instead of a file. */
const onPostgresql = (directory: string, url: string) => (file: ConfigurationFile): ConfigurationFile => ({ ...file, database: { url, data_directory: directory } });

function announce({ provider, demo_relying_party, jlis }: Record<"provider" | "demo_relying_party" | "jlis", string>): void {
  print(`${coloured("bold", "jpki-bridge sandbox")} is ready. Nothing here is a real identity.`);
  print(`  provider            ${coloured("cyan", provider)}`);
  print(`  demo relying party  ${coloured("cyan", demo_relying_party)}   start here`);
  print(`  J-LIS stand-in      ${coloured("cyan", jlis)}   personas, revocation, faults`);
  print("Stop with Ctrl-C; a second start continues with the same data.");
}
