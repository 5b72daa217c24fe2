/** The bridge as it runs in production (durable writes), on a prepared directory; a second one there is given a port of its own: `bridge.ts DIRECTORY [PORT]`. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { startBridge } from "../../src/cli/bridge.ts";
import { checkConfiguration, sandboxConfigurationFile } from "../../src/config.ts";
import "./probe.ts";

const [directory = "", port] = process.argv.slice(2);
const file: unknown = JSON.parse(readFileSync(path.join(directory, sandboxConfigurationFile), "utf8"));
const configuration = checkConfiguration(file, directory, "sandbox");
const bridge = await startBridge(port === undefined ? configuration : { ...configuration, listen: { ...configuration.listen, port: Number(port) } });
process.once("SIGTERM", () => void bridge.close().then(() => process.exit(0)));
process.send?.({ issuer: configuration.issuer });
