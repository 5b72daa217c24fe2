/**
 * Compiles what `serve` loads, and keeps it for programs that cannot write beside their packages. Run as it is
 * installed, with the flags of the program and by the user that will run it: Node keeps what was compiled apart by
 * both. See docs/operations.md.
 */
import { accessSync, constants } from "node:fs";
import { getCompileCacheDir } from "node:module";
import { keepCompiledCode } from "./compiled-code.js";

keepCompiledCode();
const kept = getCompileCacheDir();
try {
  // Node says nothing where it cannot write.
  accessSync(kept ?? "", constants.W_OK);
} catch {
  process.stderr.write("nothing was compiled ahead: node_modules/.cache/jpki-bridge, or a directory in it, cannot be written by this user\n");
  process.exit(1);
}
await import("./commands.ts");
await import("./serve.ts");
await import("./bridge.ts");
await import("./worker.ts");
await import("./supervisor.ts");
await import("./supervisor-observation.ts");
await import("../observability/metrics.ts");
await import("../observability/worker-metrics.ts");
await import("../observability/open-telemetry.ts");
// Some of what was loaded keeps a process alive.
process.exit();
