#!/usr/bin/env -S MALLOC_ARENA_MAX=2 MALLOC_TRIM_THRESHOLD_=131072 node --max-semi-space-size=4 --heap-growing-percent=50
/**
 * Where the program starts. In JavaScript, and what was compiled is kept before anything else is loaded: Node
 * strips types of what it has not kept, and the stripper alone takes 20 MiB and 40 ms of each process.
 * The first line halves its memory, from the start of a process only. The flags bound V8, which else lets the space
 * for new objects grow to 128 MiB, and the rest to four times what is alive before it looks; the variables bound
 * glibc, which else keeps in an arena of each thread whatever compiling once took.
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
