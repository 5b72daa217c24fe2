import type { Command } from "commander";
import { systemClock } from "../clock.ts";
import { examine } from "./examination.ts";
import { print, printJson, untilStopped } from "./terminal.ts";
import { type AdministrationOptions, withStorage } from "./with-storage.ts";

export function consoleCommand(command: Command): void {
  command
    .option("--port <port>", "port on 127.0.0.1; a free one when not given", "0")
    .option("--config <file>", "configuration file; the sandbox's when not given")
    .option("--json", "print the address as JSON")
    .action((options: AdministrationOptions & { port: string }) =>
      withStorage(options, async (storage, configuration) => {
        const { openConsole } = await import("../web/console/console.ts");
        const { bundleAssets } = await import("../web/assets.ts");
        const opened = await openConsole({
          storage, clock: systemClock, bundle: await bundleAssets(), sandbox: configuration.mode === "sandbox",
          examine: (party) => examine(configuration, party, undefined, systemClock()),
        }, Number(options.port));
        if (options.json === true) printJson({ address: opened.address });
        else print(`open this once, within ten minutes, on this machine:\n  ${opened.address}\nStop with Ctrl-C.`);
        await untilStopped();
        await opened.close();
      }),
    );
}
