import { mkdirSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { fileURLToPath } from "node:url";

/**
 * A later start reads what an earlier one compiled. Beside the packages, for whoever may write there may change
 * the program itself; in the system's directory for temporary files others could leave code for us. Where it
 * cannot be written and nothing was compiled ahead, everything is compiled at each start.
 */
export function keepCompiledCode() {
  const directory = fileURLToPath(new URL("../../node_modules/.cache/jpki-bridge", import.meta.url));
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch {
    return;
  }
  enableCompileCache(directory);
}
