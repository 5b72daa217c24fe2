import { send } from "./http.ts";
import { load } from "./load.ts";
import { compare, type Measurement } from "./measurement.ts";
import { preparePlace } from "./place.ts";
import { type GrantTarget, hasGlewlwyd, startGlewlwyd } from "./servers/glewlwyd.ts";
import { startServer } from "./server-process.ts";
import { parallel, redirectUri, type Target } from "./signin.ts";

const seconds = Number(process.env["BENCH_SECONDS"] ?? 4);

/**
 * Client credentials grants per second beside bare oidc-provider and Debian's glewlwyd, whose access tokens are
 * JWT. Ours, for the endpoints of signals, is opaque and can be revoked: it is written durably.
 */
export async function benchGrants(): Promise<Measurement[]> {
  const ours = await grantsOfBridge();
  const bare = await grantsOfBare();
  const measurements = [compare("client credentials grants", ours, "1/s", "bare oidc-provider, in memory, JWT (ES256)", bare)];
  if (!hasGlewlwyd()) process.stderr.write("grants: glewlwyd is not installed (Debian: apt-get install glewlwyd), so nothing was compared with it\n");
  else for (const algorithm of ["ES256", "RS256"] as const) measurements.push(compare("client credentials grants", ours, "1/s", `glewlwyd, SQLite, JWT (${algorithm})`, await grantsOfGlewlwyd(algorithm)));
  return measurements;
}

async function grantsOfBridge(): Promise<number> {
  const place = await preparePlace(redirectUri);
  const bridge = await startServer("servers/bridge.ts", place.directory);
  try {
    return await grants({ ...place, tokenUrl: `${place.issuer}/token`, scope: "ssf.read" });
  } finally {
    await bridge.stop();
    await place.close();
  }
}

async function grantsOfBare(): Promise<number> {
  const bare = await startServer<Target>("servers/bare-tokens.ts");
  try {
    return await grants({ ...bare.ready, tokenUrl: `${bare.ready.issuer}/token`, scope: "bench", resource: "https://resource.example" });
  } finally {
    await bare.stop();
  }
}

async function grantsOfGlewlwyd(algorithm: "ES256" | "RS256"): Promise<number> {
  const glewlwyd = await startGlewlwyd(algorithm);
  try {
    return await grants(glewlwyd);
  } finally {
    await glewlwyd.stop();
  }
}

const grants = async (target: GrantTarget & { readonly resource?: string }): Promise<number> => (await load(() => clientToken(target), parallel, seconds)).perSecond;

/** An access token by the client credentials grant (RFC 6749 4.4). */
export async function clientToken({ tokenUrl, scope, resource, ...client }: GrantTarget & { readonly resource?: string }): Promise<string> {
  const body = new URLSearchParams({ grant_type: "client_credentials", scope, ...(resource !== undefined && { resource }) });
  const reply = await send("POST", tokenUrl, { authorization: basic(client), "content-type": "application/x-www-form-urlencoded" }, body.toString());
  const { access_token } = JSON.parse(reply.body) as { access_token?: string };
  if (access_token === undefined) throw new Error(`no token: ${reply.body}`);
  return access_token;
}

export const basic = ({ clientId, clientSecret }: Pick<Target, "clientId" | "clientSecret">): string => `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString("base64")}`;
