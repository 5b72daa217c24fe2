import { execFileSync } from "node:child_process";
import path from "node:path";
import { expect, test } from "vitest";

const root = path.resolve(import.meta.dirname, "../..");

/** Packages for metrics and traces (the library of metrics brings OpenTelemetry's interface itself) that a process has loaded once it has opened its observation. */
function loadedWith(configuration: object): string[] {
  const script = `
    import { createRequire } from "node:module";
    const { openObservation } = await import("./src/cli/observation.ts");
    await openObservation(${JSON.stringify(configuration)});
    const files = Object.keys(createRequire(import.meta.url).cache).join("\\n");
    console.log(JSON.stringify(["prom-client", "@opentelemetry/sdk-trace-base"].filter((name) => files.includes("node_modules/" + name))));
    process.exit();`;
  return JSON.parse(execFileSync(process.execPath, ["--input-type=module", "--eval", script], { cwd: root, encoding: "utf8" })) as string[];
}

test.each([
  ["nothing", { metrics: null, tracing: null }, []],
  ["metrics", { metrics: { host: "127.0.0.1", port: 0 }, tracing: null }, ["prom-client"]],
  ["traces", { metrics: null, tracing: { endpoint: "http://127.0.0.1:9/v1/traces", sample: 1 } }, ["@opentelemetry/sdk-trace-base"]],
])("with %s configured no more than that is loaded", (_name, configuration, loaded) => {
  expect(loadedWith(configuration)).toEqual(loaded);
});
