import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Answer, HttpBrowser } from "../support/http-browser.ts";
import { type Person, signInWithPasskey } from "../support/journey.ts";
import { RawParty } from "./raw-party.ts";
import { enrolledPerson, openAtAccount, type Setting, startSetting } from "./setting.ts";
import { unchangedBy } from "./state.ts";

const elsewhere = "https://phishing.example";
let setting: Setting;
let party: RawParty;
let person: Person;
let idToken: string;
beforeAll(async () => {
  setting = await startSetting();
  party = await RawParty.register(setting.world);
  person = await enrolledPerson(setting.world, "good-phone");
  const consent = await signInWithPasskey(setting.world, person, await party.authorize(person.browser));
  const agreed = await person.browser.submit(consent, `${new URL(consent.url).pathname}/consent`);
  const code = new URL(agreed.headers.get("location") ?? "").searchParams.get("code") ?? "";
  idToken = String((await party.exchange(code)).body["id_token"]);
});
afterAll(() => setting.close());

/** No header and no link, form or refresh of the page leads there. */
function expectLeadsNowhere({ headers, text }: Answer): void {
  expect(headers.get("location") ?? "").not.toContain("phishing.example");
  expect(headers.get("refresh")).toBeNull();
  expect(text).not.toMatch(/(href|action|src|content|formaction)="[^"]*phishing\.example/);
  expect(text).not.toMatch(/(href|action|src|formaction)="\/[/\\]/);
  expect(text).not.toContain("javascript:");
}

const places = ["", "/account", "/account/enrolment", "/enrolment/return", "/enrolment/continue", "/nothing"];
const values = [elsewhere, "//phishing.example", "/\\phishing.example", "javascript:alert(1)", "https:phishing.example", `${elsewhere}%0d%0aset-cookie:a=b`];
const names = ["return", "return_to", "returnUrl", "next", "redirect", "redirect_uri", "url", "location", "notice", "passkey", "ui_locales", "purpose"];

describe.each(places)("the page %s/", (place) => {
  test.each(values)("with %s in every parameter", async (value) => {
    const search = new URLSearchParams(names.map((name) => [name, value]));
    const answer = await person.browser.request(`${setting.world.issuer}${place}/?${search.toString()}`, { headers: { accept: "text/html" } });
    expectLeadsNowhere(answer);
    expect(answer.text).not.toContain("alert(1)");
  });
});

describe("an address that is an address elsewhere", () => {
  const paths = ["//phishing.example", "//phishing.example/account", "/\\phishing.example", "/%2f%2fphishing.example", "/%5cphishing.example", "/https://phishing.example", "/.//phishing.example", "/@phishing.example"];
  test.each(paths)("%s", async (path) => {
    const response = await fetch(`${setting.world.issuer}${path}`, { headers: { accept: "text/html" }, redirect: "manual" });
    expect(response.status).toBe(404);
    expectLeadsNowhere({ status: 404, headers: response.headers, text: await response.text(), url: response.url });
  });
});

describe("RP-initiated logout", () => {
  const signOut = (parameters: Record<string, string>): Promise<Answer> =>
    person.browser.open(`${setting.world.issuer}/sign-out?${new URLSearchParams(parameters).toString()}`, { headers: { accept: "text/html" } });
  const unregistered = [elsewhere, "//phishing.example", "javascript:alert(1)"] as const;
  test.each(unregistered)("to %s, which nobody registered", async (post_logout_redirect_uri) => {
    for (const hint of [{ id_token_hint: idToken }, { client_id: party.clientId }, { id_token_hint: idToken, client_id: party.clientId }]) {
      const answer = await unchangedBy(setting.world, () => signOut({ ...hint, post_logout_redirect_uri }), ["Session"]);
      expect(answer.status).toBe(400);
      expectLeadsNowhere(answer);
    }
  });

  const variants: readonly [string, (uri: string) => string][] = [
    ["a trailing slash", (uri) => `${uri}/`],
    ["a query", (uri) => `${uri}?next=1`],
    ["another case", (uri) => uri.toUpperCase()],
    ["a port", (uri) => uri.replace(".example", ".example:8443")],
    ["user information", (uri) => uri.replace("https://", "https://phishing.example@")],
    ["a backslash", (uri) => uri.replace("/callback", "\\callback")],
  ];
  test.each(variants)("to a registered address with %s", async (_name, change) => {
    const answer = await unchangedBy(setting.world, () => signOut({ id_token_hint: idToken, post_logout_redirect_uri: change(party.redirectUri) }), ["Session"]);
    expect(answer.status).toBe(400);
  });

  const hints: readonly [string, Record<string, string>][] = [
    ["garbage for a hint", { id_token_hint: "garbage" }],
    ["an unsigned hint", { id_token_hint: "eyJhbGciOiJub25lIn0.eyJpc3MiOiJ4In0." }],
    ["a hint of another client", { client_id: "somebody-else" }],
  ];
  test.each(hints)("with %s", async (_name, hint) => {
    const sent = hint["client_id"] === undefined ? hint : { ...hint, id_token_hint: idToken };
    const answer = await unchangedBy(setting.world, () => signOut({ ...sent, post_logout_redirect_uri: party.redirectUri }), ["Session"]);
    expect(answer.status).toBe(400);
    expect(answer.headers.get("location")).toBeNull();
  });

  test("without any client goes nowhere", async () => {
    expectLeadsNowhere(await signOut({ post_logout_redirect_uri: elsewhere }));
  });
});

describe("where the bridge itself sends a browser", () => {
  test("after an enrolment: to its own pages, whatever the transaction is called", async () => {
    const { world } = setting;
    const opening = await openAtAccount(world, "same", person);
    const page = await person.browser.open(`${world.issuer}/`);
    for (const txn of [elsewhere, "//phishing.example", `${opening.transaction}/../../..//phishing.example`]) {
      const answer = await person.browser.postJson(page, "/enrolment/return", { txn, code: "AAAA" });
      expect(answer.body["location"]).toBeUndefined();
      expect(answer.status).toBe(404);
    }
  });

  test("by the issuer's name, whatever host the request was sent to", async () => {
    const { world } = setting;
    const headers = { accept: "text/html", "x-forwarded-host": "phishing.example", "x-forwarded-proto": "https", forwarded: "host=phishing.example", "x-original-url": elsewhere };
    const discovery = await fetch(`${world.issuer}/.well-known/openid-configuration`, { headers });
    expect(await discovery.text()).not.toContain("phishing.example");
    const answer = await new HttpBrowser().request(`${world.issuer}/authorize?${party.request().toString()}`, { headers });
    expect(answer.headers.get("location")).toMatch(/^\/interaction\/|^http:\/\/localhost:/);
    expectLeadsNowhere(answer);
  });
});
