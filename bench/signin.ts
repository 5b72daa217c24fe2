import { createHash, randomBytes } from "node:crypto";
import { EnrolmentClient, JpkiApplet, type SecureElementImage, SoftwareSecureElement } from "@jpki-bridge/client-sdk";
import { SoftwareAuthenticator } from "../test/passkeys/software-authenticator.ts";
import { HttpBrowser } from "../test/support/http-browser.ts";
import { linkOf } from "../test/support/journey.ts";
import { Jar, type Reply, send } from "./http.ts";
import { load } from "./load.ts";
import type { Measurement } from "./measurement.ts";
import { type Place, preparePlace } from "./place.ts";
import { startServer } from "./server-process.ts";

export interface Target {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
}
export type BridgeTarget = Target & Pick<Place, "phoneOrigin">;

export const redirectUri = "https://rp.example/callback";
export const parallel = 16;
const seconds = Number(process.env["BENCH_SECONDS"] ?? 10);

/** Complete passkey sign-ins per second beside bare oidc-provider with automatic login, in one run. */
export async function benchSignIn(): Promise<Measurement[]> {
  const bare = await startServer<Target>("servers/bare.ts");
  const baseline = await load(() => bareSignIn(bare.ready), parallel, seconds, () => bare.usage());
  const bareUsage = await bare.usage();
  await bare.stop();

  const place = await preparePlace(redirectUri);
  // Once to make keys and tables; measured is the start of every day.
  await (await startServer("servers/bridge.ts", place.directory)).stop();
  const bridge = await startServer("servers/bridge.ts", place.directory);
  const authenticator = await enrol(place);
  const ours = await load(() => passkeySignIn(place, authenticator), parallel, seconds, () => bridge.usage());
  const usage = await bridge.usage();
  await bridge.stop();
  await place.close();

  const name = "bare oidc-provider, in memory, automatic login";
  const compare = (what: string, value: number, unit: string, base: number): Measurement => ({ name: what, value: round(value), unit, baseline: { name, value: round(base) }, ratio: round(value / base) });
  return [
    compare("complete passkey sign-ins", ours.perSecond, "1/s", baseline.perSecond),
    compare("sign-in p50 at 16 at once", ours.p50, "ms", baseline.p50),
    compare("sign-in p99 at 16 at once", ours.p99, "ms", baseline.p99),
    compare("processor time of the server per sign-in", usage.cpu / ours.count, "us", bareUsage.cpu / baseline.count),
    compare("of that, the event loop's thread", usage.mainThread / ours.count, "us", bareUsage.mainThread / baseline.count),
    compare("longest stop of the event loop", usage.longestDelay, "ms", bareUsage.longestDelay),
    compare("resident memory after the run", usage.memory, "MiB", bareUsage.memory),
    compare("start until ready", bridge.startMs, "ms", bare.startMs),
  ];
}

const round = (value: number): number => Math.round(value * 100) / 100;

interface Authorization {
  readonly url: string;
  readonly verifier: string;
}

function authorization({ issuer, clientId }: Target, endpoint: string): Authorization {
  const verifier = randomBytes(32).toString("base64url");
  const query = new URLSearchParams({
    client_id: clientId, response_type: "code", scope: "openid", redirect_uri: redirectUri, state: "s", nonce: "n",
    code_challenge: createHash("sha256").update(verifier).digest("base64url"), code_challenge_method: "S256",
  });
  return { url: `${issuer}${endpoint}?${query.toString()}`, verifier };
}

/** @returns the access token. */
async function exchange(target: Target, callback: string, verifier: string, endpoints: { token: string; userinfo: string }): Promise<string> {
  const code = new URL(callback).searchParams.get("code");
  if (code === null) throw new Error(`no code in ${callback}`);
  const body = new URLSearchParams({ grant_type: "authorization_code", code, redirect_uri: redirectUri, code_verifier: verifier });
  const authorizationHeader = `Basic ${Buffer.from(`${target.clientId}:${target.clientSecret}`).toString("base64")}`;
  const token = await send("POST", target.issuer + endpoints.token, { authorization: authorizationHeader, "content-type": "application/x-www-form-urlencoded" }, body.toString());
  const { access_token } = JSON.parse(token.body) as { access_token?: string };
  if (access_token === undefined) throw new Error(`no token: ${token.body}`);
  const userinfo = await send("GET", target.issuer + endpoints.userinfo, { authorization: `Bearer ${access_token}` });
  if (userinfo.status !== 200) throw new Error(`userinfo ${userinfo.status}`);
  return access_token;
}

async function bareSignIn(target: Target): Promise<void> {
  const { url, verifier } = authorization(target, "/auth");
  const callback = await follow(target, new Jar(), url);
  await exchange(target, callback, verifier, { token: "/token", userinfo: "/me" });
}

/** A complete sign-in. @returns the access token. */
export async function passkeySignIn(target: BridgeTarget, authenticator: SoftwareAuthenticator): Promise<string> {
  const jar = new Jar();
  const { url, verifier } = authorization(target, "/authorize");
  const begun = await send("GET", url);
  jar.take(begun);
  const interaction = new URL(begun.location ?? "", target.issuer).href;
  const page = await send("GET", interaction, { cookie: jar.header });
  jar.take(page);
  const csrf = /<meta name="csrf-token" content="([^"]*)">/.exec(page.body)?.[1] ?? "";
  const post = (path: string, body: object): Promise<Reply> =>
    send("POST", interaction + path, { cookie: jar.header, "content-type": "application/json", accept: "application/json", "x-csrf-token": csrf }, JSON.stringify(body));
  // The page brings it along, for whichever ceremony comes first.
  const offered = JSON.parse(/ data-offered="([^"]*)"/.exec(page.body)?.[1]?.replaceAll("&quot;", '"') ?? "null") as { options: never; challenge_id: string };
  const credential = authenticator.get(offered.options, target.issuer);
  const verified = await post("/passkey", { challenge_id: offered.challenge_id, credential });
  jar.take(verified);
  const { location } = JSON.parse(verified.body) as { location?: string };
  if (location === undefined) throw new Error(`sign-in refused: ${verified.body}`);
  return exchange(target, await follow(target, jar, location), verifier, { token: "/token", userinfo: "/userinfo" });
}

/** Follows redirects to the relying party. */
async function follow(target: Target, jar: Jar, from: string): Promise<string> {
  let url = from;
  for (let hops = 0; hops < 6; hops += 1) {
    const reply = await send("GET", url, { cookie: jar.header });
    jar.take(reply);
    if (reply.location === undefined) throw new Error(`stopped at ${reply.status}`);
    url = new URL(reply.location, target.issuer).href;
    if (url.startsWith(redirectUri)) return url;
  }
  throw new Error("too many redirects");
}

/** Enrols one person and gives consent, so that the sign-ins measured are those of every day. */
export async function enrol(target: BridgeTarget): Promise<SoftwareAuthenticator> {
  const authenticator = new SoftwareAuthenticator();
  const browser = new HttpBrowser();
  const page = await browser.open(authorization(target, "/authorize").url);
  const path = new URL(page.url).pathname;
  const progress = await browser.submit(page, `${path}/enrolment`, { device: "same" });
  const client = await EnrolmentClient.open({ link: linkOf(progress), issuers: [target.issuer] });
  const stated = await (await client.claim()).statement();
  const image = (await (await fetch(`${target.phoneOrigin}/personas/good-phone/secure-element.json`)).json()) as SecureElementImage;
  const proved = await stated.prove({ applet: await JpkiApplet.select(new SoftwareSecureElement(image)), pin: "1234" });
  if (proved.next !== "passkey") throw new Error("no passkey asked for");
  const outcome = await proved.createPasskey(async (options) => authenticator.create(options as never, target.phoneOrigin) as never);
  if (outcome.next !== "return") throw new Error("no way back");
  const fragment = new URLSearchParams(new URL(outcome.return_url).hash.slice(1));
  const returned = await browser.open(outcome.return_url.replace(/#.*/, ""));
  const answer = await browser.postJson(returned, "/enrolment/return", { txn: fragment.get("txn"), code: fragment.get("code") });
  const consent = await browser.open(new URL(String(answer.body["location"]), target.issuer).href);
  await browser.submit(consent, `${new URL(consent.url).pathname}/consent`);
  return authenticator;
}
