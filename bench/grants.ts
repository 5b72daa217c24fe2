import { existsSync } from "node:fs";
import { send } from "./http.ts";
import { load } from "./load.ts";
import { compare, type Measurement } from "./measurement.ts";
import { databasePlaces, type GrantTarget, hasGlewlwyd, type RunningGrants, startGlewlwyd } from "./servers/glewlwyd.ts";
import { startServing } from "./servers/serving.ts";
import { startServer } from "./server-process.ts";
import { parallel, type Target } from "./signin.ts";

const seconds = Number(process.env["BENCH_SECONDS"] ?? 6);
const goal = 10;

/** What a load of grants gave, and microseconds of the server's processor time for one. */
interface Grants {
  readonly perSecond: number;
  readonly cpu: number;
}

/**
 * Client credentials grants of JWT access tokens (RFC 9068) by a client with a secret: by `serve` with one
 * process and with two, beside bare oidc-provider and Debian's glewlwyd, with its database on disk, as it is
 * installed, and in memory, where it waits for nothing.
 */
export async function benchGrants(): Promise<Measurement[]> {
  const ours = await grantsOf(startServing());
  const ofTwo = await grantsOf(startServing("--workers", "2"));
  const measurements = both("one process", ours, "bare oidc-provider, in memory (ES256)", await grantsOf(startBare()));
  if (!hasGlewlwyd()) {
    process.stderr.write("grants: glewlwyd is not installed (Debian: apt-get install glewlwyd), so nothing was compared with it\n");
    return measurements;
  }
  for (const algorithm of ["ES256", "RS256"] as const) {
    for (const place of ["disk", "memory"] as const) {
      if (!existsSync(databasePlaces[place])) continue;
      const glewlwyd = await grantsOf(startGlewlwyd(algorithm, place));
      const name = `glewlwyd, SQLite ${place === "disk" ? "on disk" : "in memory"} (${algorithm})`;
      measurements.push(...both("one process", ours, name, glewlwyd), ...both("two workers", ofTwo, name, glewlwyd));
      if (place === "disk") measurements.push(compare(`client credentials grants, times those of ${name}`, Math.max(ours.perSecond, ofTwo.perSecond) / glewlwyd.perSecond, "", "goal", goal));
    }
  }
  return measurements;
}

const both = (of: string, ours: Grants, name: string, baseline: Grants): Measurement[] => [
  compare(`client credentials grants, ${of}`, ours.perSecond, "1/s", name, baseline.perSecond),
  compare(`processor time of a grant, ${of}`, ours.cpu, "us", name, baseline.cpu),
];

async function startBare(): Promise<RunningGrants> {
  const bare = await startServer<Target>("servers/bare-tokens.ts");
  return { ...bare.ready, tokenUrl: `${bare.ready.issuer}/token`, scope: "bench", resource: "https://resource.example", cpuMs: () => bare.cpuMs(), stop: () => bare.stop() };
}

async function grantsOf(starting: Promise<RunningGrants>): Promise<Grants> {
  const server = await starting;
  try {
    let before = 0;
    const { perSecond, count } = await load(() => clientToken(server), parallel, seconds, async () => (before = server.cpuMs()));
    return { perSecond, cpu: ((server.cpuMs() - before) * 1000) / count };
  } finally {
    await server.stop();
  }
}

/** An access token by the client credentials grant (RFC 6749 4.4). */
export async function clientToken({ tokenUrl, scope, resource, ...client }: GrantTarget): Promise<string> {
  const body = new URLSearchParams({ grant_type: "client_credentials", scope, ...(resource !== undefined && { resource }) });
  const reply = await send("POST", tokenUrl, { authorization: basic(client), "content-type": "application/x-www-form-urlencoded" }, body.toString());
  const { access_token } = JSON.parse(reply.body) as { access_token?: string };
  if (access_token === undefined) throw new Error(`no token: ${reply.body}`);
  return access_token;
}

export const basic = ({ clientId, clientSecret }: Pick<Target, "clientId" | "clientSecret">): string => `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString("base64")}`;
