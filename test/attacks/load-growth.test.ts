import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { DpopKey } from "@jpki-bridge/client-sdk";
import { catalogue } from "../../src/errors.ts";
import { readRows } from "../support/engine.ts";
import { HttpBrowser } from "../support/http-browser.ts";
import { startWorld, type World } from "../support/world.ts";
import { RawParty } from "./raw-party.ts";

/**
 * Everything that somebody can have stored without being known to the bridge: how much of it, and how long.
 * The rows are those of docs/limits.md.
 */
const network = 30;
const requests = 60;
let world: World;
let party: RawParty;
beforeAll(async () => {
  // `startWorld` puts in limits that tests never reach.
  world = await startWorld((file) => ({ ...file, enrolment: { ...file.enrolment, maximum_open_per_network: network } }), { begun_per_network: network, sensitive_per_minute: network });
  party = await RawParty.register(world);
});
afterAll(() => world.close());
afterEach(async () => {
  world.advance(2 * 86_400);
  await world.bridge.storage.artifacts.sweep(world.now(), 1000);
});

/** Artifacts by model, but for what is the bridge's own. */
async function stored(): Promise<Record<string, number>> {
  const [rows = []] = await readRows(world.place, [`SELECT "model", count(*) AS "count" FROM "artifact" WHERE "model" NOT IN ('Lease','SealingKey','CookieKey','DigestKey') GROUP BY "model"`]);
  return Object.fromEntries(rows.map(({ model, count }) => [String(model), Number(count)]));
}

const statuses = async (ask: () => Promise<{ readonly status: number }>): Promise<number[]> => {
  const seen: number[] = [];
  for (let request = 0; request < requests; request += 1) seen.push((await ask()).status);
  return seen;
};
const get = (where: string) => () => new HttpBrowser().request(`${world.issuer}${where}`, { headers: { accept: "text/html" } });
/** The cookie of a session that is over: the bridge signed it. */
async function pastSession(): Promise<string> {
  const { headers } = await get("/sign-out")();
  await world.bridge.storage.artifacts.sweep(world.now() + 900, 1000);
  return headers.getSetCookie().map((line) => line.split(";")[0]).join("; ");
}
const withPastSession = (where: () => string, form?: Record<string, string>) => () => {
  let cookie: Promise<string> | undefined;
  return async () => {
    cookie ??= pastSession();
    return fetch(`${world.issuer}${where()}`, { headers: { accept: "text/html", cookie: await cookie }, redirect: "manual", ...(form !== undefined && { method: "POST", body: new URLSearchParams(form) }) });
  };
};
const post = (where: string) => async () => {
  const browser = new HttpBrowser();
  const page = await browser.open(`${world.issuer}/account`);
  return browser.postJson(page, where, {});
};
const asDevice = async () => {
  const url = `${world.issuer}/enrolment/v1/transactions/AAAAAAAAAAAAAAAAAAAAAA/status`;
  const dpop = await (await DpopKey.generate()).prove({ method: "POST", url, now: world.now() });
  return fetch(url, { method: "POST", body: "{}", headers: { "content-type": "application/json", dpop } });
};
const openTransaction = async () => {
  const browser = new HttpBrowser();
  return browser.submit(await browser.open(`${world.issuer}/account/enrolment`), "/account/enrolment", { device: "other" });
};

type Row = readonly [name: string, ask: () => () => Promise<{ readonly status: number }>, model: string, life: number];
const rows: readonly Row[] = [
  ["authorization requests", () => () => party.authorize(new HttpBrowser()), "Interaction", 900],
  ["pages for a device's code", () => get("/device"), "Session", 900],
  ["pages for signing out", () => get("/sign-out"), "Session", 900],
  ["challenges for a passkey", () => post("/account/passkey/options"), "PasskeyChallenge", 300],
  ["proofs of devices that belong to nothing", () => asDevice, "DeviceProof", 121],
  ["transactions", () => openTransaction, "EnrolmentTransaction", 900],
];

describe("what a stranger can have stored is bounded, and gone after its life", () => {
  test.each(rows)("%s", async (_name, ask, model, life) => {
    const seen = await statuses(ask());
    expect(seen.filter((status) => status >= 500 && status !== catalogue.transaction_too_many.status)).toEqual([]);
    expect((await stored())[model]).toBe(network);
    await world.bridge.storage.artifacts.sweep(world.now() + life, 1000);
    expect(await stored()).toEqual({});
  });

  const nothing: readonly (readonly [string, () => () => Promise<{ readonly status: number }>])[] = [
    ["authorization requests that are refused", () => get("/authorize?client_id=nobody")],
    ["requests answered without a page", () => () => party.authorize(new HttpBrowser(), { prompt: "none" })],
    ["authorization requests with the cookie of a session that is over", withPastSession(() => `/authorize?${party.request({ prompt: "none" }).toString()}`)],
    ["refused ones with it", withPastSession(() => "/authorize?client_id=nobody")],
    ["returns with it from an interaction that is not there", withPastSession(() => "/authorize/any")],
    ["confirmations of a sign-out with it", withPastSession(() => "/sign-out/confirm", { xsrf: "any", logout: "yes" })],
    ["returns with it to a device's sign-in that is not there", withPastSession(() => "/device/any")],
    ["pages of the account", () => get("/account")],
    ["pages of recovery", () => get("/recovery")],
    ["pushed requests of nobody", () => () => fetch(`${world.issuer}/par`, { method: "POST", body: new URLSearchParams({ client_id: "nobody", client_secret: "nothing" }) })],
    ["devices of nobody", () => () => fetch(`${world.issuer}/device-authorization`, { method: "POST", body: new URLSearchParams({ client_id: "nobody" }) })],
    ["registrations without a token", () => () => fetch(`${world.issuer}/register`, { method: "POST", body: "{}", headers: { "content-type": "application/json" } })],
  ];
  test.each(nothing)("%s store nothing, and are not counted as what begins something", async (name, ask) => {
    const seen = await statuses(ask());
    expect(await stored()).toEqual({});
    // What proves something has the other limit.
    expect(seen.filter((status) => status === 429).length).toBe(name.startsWith("registrations") ? requests - network : 0);
  });
});

test("all networks together have a limit, too", async () => {
  const all = await startWorld((file) => file, { begun: 20 });
  const service = await RawParty.register(all);
  const seen: number[] = [];
  for (let request = 0; request < 40; request += 1) seen.push((await service.authorize(new HttpBrowser())).status);
  expect(seen.filter((status) => status === catalogue.service_unavailable.status).length).toBe(20);
  all.advance(901);
  expect((await service.authorize(new HttpBrowser())).status).toBe(200);
  await all.close();
});
