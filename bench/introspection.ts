import { basic, clientToken } from "./grants.ts";
import { send } from "./http.ts";
import { load, type LoadResult } from "./load.ts";
import { compare, type Measurement } from "./measurement.ts";
import { preparePlace } from "./place.ts";
import { type ServerProcess, startServer } from "./server-process.ts";
import { enrol, parallel, passkeySignIn, redirectUri, type Target } from "./signin.ts";

const seconds = Number(process.env["BENCH_SECONDS"] ?? 4);
const goal = 2000;

/** Introspections per second of a person's access token, whose levels are computed anew each time, beside bare oidc-provider with a client's. */
export async function benchIntrospection(): Promise<Measurement[]> {
  const bare = await startServer<Target>("servers/bare-tokens.ts");
  const baseline = await introspections(bare, bare.ready, "/token/introspection", await clientToken({ ...bare.ready, tokenUrl: `${bare.ready.issuer}/token`, scope: "" }));
  await bare.stop();

  const place = await preparePlace(redirectUri);
  const bridge = await startServer("servers/bridge.ts", place.directory);
  const ours = await introspections(bridge, place, "/introspect", await passkeySignIn(place, await enrol(place)));
  await bridge.stop();
  await place.close();
  return [
    compare("introspections", ours.perSecond, "1/s", "bare oidc-provider, in memory", baseline.perSecond),
    compare("introspections", ours.perSecond, "1/s", "goal", goal),
    compare("processor time of an introspection", ours.cpu, "us", "bare oidc-provider, in memory", baseline.cpu),
    compare("introspection p99 at 16 at once", ours.p99, "ms", "bare oidc-provider, in memory", baseline.p99),
  ];
}

/** What a load gave, and microseconds of the server's processor time for one. */
type Cost = LoadResult & { readonly cpu: number };

async function introspections(server: ServerProcess<unknown>, { issuer, ...client }: Target, endpoint: string, token: string): Promise<Cost> {
  const headers = { authorization: basic(client), "content-type": "application/x-www-form-urlencoded" };
  const introspect = async (): Promise<void> => {
    const reply = await send("POST", issuer + endpoint, headers, `token=${token}`);
    if (!reply.body.includes('"active":true')) throw new Error(`not active: ${reply.status} ${reply.body}`);
  };
  const result = await load(introspect, parallel, seconds, () => server.usage());
  const { cpu } = await server.usage();
  return { ...result, cpu: cpu / result.count };
}
