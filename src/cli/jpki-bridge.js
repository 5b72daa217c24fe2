#!/usr/bin/env -S node --max-semi-space-size=8
/**
 * Where the program starts. In JavaScript, and what was compiled is kept before anything else is loaded: Node
 * strips types of what it has not kept, and the stripper alone takes 20 MiB and 40 ms of each process. The flag
 * bounds the space for new objects, which V8 else lets grow to 128 MiB; it counts only from the start of a process.
 */
import { mkdirSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { fileURLToPath } from "node:url";

keepCompiledCode();
await import("./main.ts");

/**
 * A later start reads what an earlier one compiled. Beside the packages, for whoever may write there may change
 * the program itself; in the system's directory for temporary files others could leave code for us. Where it
 * cannot be written, everything is compiled at each start.
 */
function keepCompiledCode() {
  const directory = fileURLToPath(new URL("../../node_modules/.cache/jpki-bridge", import.meta.url));
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch {
    return;
  }
  enableCompileCache(directory);
}
