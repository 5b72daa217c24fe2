/** `npm run bench -- --json [NAME…]`: benchmarks, each with its baseline in the same run. `npm run bench -- soak --minutes 60`: one bridge for so long. */
import { parseArgs } from "node:util";
import { benchCertificate } from "./certificate.ts";
import type { Measurement } from "./measurement.ts";
import { benchCrl } from "./crl.ts";
import { benchGrants } from "./grants.ts";
import { benchIntrospection } from "./introspection.ts";
import { benchNodes } from "./nodes.ts";
import { benchReceipts } from "./receipts.ts";
import { benchRestore } from "./restore.ts";
import { benchScale } from "./scale.ts";
import { benchSdk } from "./sdk.ts";
import { benchSignals } from "./signals.ts";
import { benchSignIn } from "./signin.ts";
import { soak } from "./soak.ts";
import { benchStart } from "./start.ts";
import { benchWatcher } from "./watcher.ts";

const benches: Readonly<Record<string, () => Promise<Measurement[]>>> = {
  crl: benchCrl,
  signin: benchSignIn,
  grants: benchGrants,
  introspection: benchIntrospection,
  start: benchStart,
  scale: benchScale,
  nodes: benchNodes,
  certificate: benchCertificate,
  watcher: benchWatcher,
  signals: benchSignals,
  sdk: benchSdk,
  receipts: benchReceipts,
  restore: benchRestore,
};

const { values, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: "boolean", default: false }, minutes: { type: "string", default: "5" } } });
if (positionals[0] === "soak") {
  process.stdout.write(`${JSON.stringify(await soak(Number(values.minutes) * 60), null, 2)}\n`);
  process.exit(0);
}
const chosen = positionals.length === 0 ? Object.keys(benches) : positionals;
const unknown = chosen.find((name) => !Object.hasOwn(benches, name));
if (unknown !== undefined) {
  process.stderr.write(`no benchmark ${unknown}; there are: ${Object.keys(benches).join(", ")}\n`);
  process.exit(2);
}

const measurements: Measurement[] = [];
for (const name of chosen) measurements.push(...((await benches[name]?.()) ?? []));
if (values.json) process.stdout.write(`${JSON.stringify(measurements, null, 2)}\n`);
else for (const { name, value, unit, baseline, ratio } of measurements) process.stdout.write(`${name}: ${value} ${unit} (${baseline.name}: ${baseline.value} ${unit}; ratio ${ratio})\n`);
process.exit(0);
