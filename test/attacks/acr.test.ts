import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SoftwareAuthenticator } from "../passkeys/software-authenticator.ts";
import { type Answer, HttpBrowser } from "../support/http-browser.ts";
import { newPerson, signInWithPasskey } from "../support/journey.ts";
import { personWith, RawParty } from "./raw-party.ts";
import { type Setting, startSetting } from "./setting.ts";
import { unchangedBy } from "./state.ts";

let setting: Setting;
let party: RawParty;
let strict: RawParty;
let authenticator: SoftwareAuthenticator;
beforeAll(async () => {
  setting = await startSetting();
  party = await RawParty.register(setting.world);
  strict = await RawParty.register(setting.world, { minimumAal: 3 });
  ({ authenticator } = await personWith(setting.world, party));
});
afterAll(() => setting.close());

type Change = Parameters<RawParty["request"]>[0];

/** The same request two ways: in the query, and pushed. */
const ways = {
  "in the query": (by: RawParty, browser: HttpBrowser, change: Change) => by.authorize(browser, change),
  pushed: async (by: RawParty, browser: HttpBrowser, change: Change) => {
    const { body } = await by.push(change);
    const search = new URLSearchParams({ client_id: by.clientId, request_uri: String(body["request_uri"]) });
    return browser.open(`${setting.world.issuer}/authorize?${search.toString()}`, { headers: { accept: "text/html" } });
  },
} as const;

/** A browser in which the person signed in by a synced passkey: IAL 3, AAL 2. */
async function signedIn(): Promise<HttpBrowser> {
  const browser = new HttpBrowser();
  const person = { ...newPerson(), browser, authenticator };
  await signInWithPasskey(setting.world, person, await party.authorize(browser));
  return browser;
}

const answered = (answer: Answer): Record<string, string> => Object.fromEntries(new URL(answer.headers.get("location") ?? "about:blank").searchParams);

const nist = "http://idmanagement.gov/ns/assurance";
const essential = (...values: readonly string[]): string => JSON.stringify({ id_token: { acr: { essential: true, values } } });
const value = (acr: unknown): string => JSON.stringify({ id_token: { acr: { essential: true, value: acr } } });

const unmet: readonly [string, Change][] = [
  ["acr_values of our own", { acr_values: "urn:jpki-bridge:ial3-aal3" }],
  ["acr_values of NIST", { acr_values: `${nist}/aal/3` }],
  ["acr_values of eIDAS", { acr_values: "http://eidas.europa.eu/LoA/high" }],
  ["acr_values of EAP", { acr_values: "phrh" }],
  ["acr_values of the Digital Agency app", { acr_values: "aal3" }],
  ["acr_values, two that cannot be met", { acr_values: `${nist}/aal/3 phrh` }],
  ["an unknown acr value", { acr_values: "urn:example:unknown" }],
  ["an acr value in another case", { acr_values: "PHR" }],
  ["an acr value with something behind it", { acr_values: "urn:jpki-bridge:ial3-aal2x" }],
  ["an acr value named like a member of every object", { acr_values: "__proto__ constructor" }],
  ["an essential claim", { claims: essential(`${nist}/aal/3`) }],
  ["an essential claim of two", { claims: essential("phrh", "aal3") }],
  ["an essential claim with one value", { claims: value("aal3") }],
  ["an unknown claim value", { claims: essential("urn:example:unknown") }],
  ["a claim above acr_values that could be met", { claims: essential("aal3"), acr_values: `${nist}/aal/2` }],
];

describe.each(Object.entries(ways))("a level that is not reached, asked for %s", (_way, ask) => {
  test.each(unmet)("%s, with prompt none: unmet_authentication_requirements", async (_name, change) => {
    const browser = await signedIn();
    const answer = await unchangedBy(setting.world, () => ask(party, browser, { ...change, prompt: "none" }), ["Session", "PushedAuthorizationRequest"]);
    expect(answered(answer)).toMatchObject({ error: "unmet_authentication_requirements", iss: setting.world.issuer });
    expect(answer.headers.get("location")).not.toContain("code=");
  });

  test.each(unmet)("%s: a page, and no code by going on", async (_name, change) => {
    const browser = await signedIn();
    const page = await ask(party, browser, change);
    expect(page.status).toBe(200);
    const base = new URL(page.url).pathname;
    const consented = await browser.submit(page, `${base}/consent`);
    expect(consented.headers.get("location") ?? "").not.toContain("code=");
    const end = await browser.submit(page, `${base}/give-up`);
    expect(end.headers.get("location") ?? "").not.toContain("code=");
  });

  test("another passkey assertion does not raise it", async () => {
    const browser = await signedIn();
    const page = await ask(party, browser, { acr_values: "aal3" });
    const again = await signInWithPasskey(setting.world, { ...newPerson(), browser, authenticator }, page);
    expect(again.headers.get("location") ?? "").not.toContain("code=");
    expect(again.text).toContain("/step-up");
  });

  test("a client's registered minimum counts without being asked", async () => {
    const browser = await signedIn();
    const answer = await ask(strict, browser, { prompt: "none" });
    expect(answered(answer)).toMatchObject({ error: "unmet_authentication_requirements" });
  });

  const met: readonly [string, Change, string][] = [
    ["the first that is met of several, the higher first", { acr_values: `aal3 ${nist}/aal/2 phr` }, `${nist}/aal/2`],
    ["an essential claim of which one value is met", { claims: essential("aal3", "phr") }, "phr"],
    ["the first of several", { acr_values: `${nist}/aal/2 phr aal3` }, `${nist}/aal/2`],
    ["an unknown one before one that is met", { acr_values: "urn:example:unknown phr" }, "phr"],
    ["an essential claim that is met", { claims: essential("phr", "aal3") }, "phr"],
  ];
  test.each(met)("answers %s", async (_name, change, acr) => {
    const browser = await signedIn();
    const { code = "" } = answered(await ask(party, browser, { ...change, prompt: "none" }));
    const { body } = await party.exchange(code);
    expect(decodeJwt(String(body["id_token"]))).toMatchObject({ acr, ial: 3, aal: 2 });
  });
});

describe("claims that a relying party cannot have by asking", () => {
  const asked: readonly [string, unknown][] = [
    ["aal", { id_token: { aal: { essential: true, value: 3 } } }],
    ["sub of another person", { id_token: { sub: { essential: true, value: "somebody-else" } } }],
    ["name", { userinfo: { name: { essential: true } } }],
    ["everything", { id_token: { certificate: null, serial_number: null, person_id: null } }],
    ["strange names", { id_token: JSON.parse('{"__proto__": {"value": 1}, "constructor": null}') as unknown }],
  ];
  test.each(asked)("%s", async (_name, claims) => {
    const browser = await signedIn();
    const answer = await party.authorize(browser, { claims: JSON.stringify(claims), prompt: "none" });
    const { code, error } = answered(answer);
    if (code === undefined) return expect(["consent_required", "login_required", "interaction_required"]).toContain(error);
    const token = decodeJwt(String((await party.exchange(code)).body["id_token"]));
    expect(token).toMatchObject({ aal: 2 });
    for (const name of ["name", "certificate", "serial_number", "person_id"]) expect(token).not.toHaveProperty(name);
  });
});
