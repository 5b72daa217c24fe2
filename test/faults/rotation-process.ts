/** The bridge as a process of its own, on the configuration in a directory: `node rotation-process.ts DIRECTORY`. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { startBridge } from "../../src/cli/bridge.ts";
import { checkConfiguration, sandboxConfigurationFile } from "../../src/config.ts";

const directory = process.argv[2] ?? "";
const bridge = await startBridge(checkConfiguration(JSON.parse(readFileSync(path.join(directory, sandboxConfigurationFile), "utf8")), directory, "sandbox"));
process.once("SIGTERM", () => void bridge.close().then(() => process.exit(0)));
process.send?.("ready");
