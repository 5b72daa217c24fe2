/** The bridge as it runs in production (SQLite on disk, durable writes), on a prepared directory. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { startBridge } from "../../src/cli/bridge.ts";
import { checkConfiguration, sandboxConfigurationFile } from "../../src/config.ts";

const directory = process.argv[2] ?? "";
const file: unknown = JSON.parse(readFileSync(path.join(directory, sandboxConfigurationFile), "utf8"));
const configuration = checkConfiguration(file, directory, "sandbox");
const bridge = await startBridge(configuration);
process.once("SIGTERM", () => void bridge.close().then(() => process.exit(0)));
process.send?.({ issuer: configuration.issuer });
