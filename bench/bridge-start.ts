import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** How Node is started to run the bridge. */
export interface BridgeStart {
  readonly execArgv: string[];
  readonly env: NodeJS.ProcessEnv;
}

/** As operators start it: by the first line of the program. */
export const bridgeStart: BridgeStart = startIn(readFileSync(new URL("../src/cli/jpki-bridge.js", import.meta.url), "utf8"));

/** Compiled code is kept where the program keeps its own: a server of the bench, too, then runs without what strips types. */
function startIn(program: string): BridgeStart {
  const [, variables = "", flags = ""] = /^#!\/usr\/bin\/env -S ((?:\w+=\S+ )*)node (.+)\n/.exec(program) ?? [];
  const given = Object.fromEntries(variables.trim().split(" ").map((variable) => variable.split("=")));
  return { execArgv: flags.split(" "), env: { ...process.env, ...given, NODE_COMPILE_CACHE: fileURLToPath(new URL("../node_modules/.cache/jpki-bridge", import.meta.url)) } };
}
