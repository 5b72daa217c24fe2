import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { evidence, status } from "../../assurance/facts.ts";
import { Browser, type Page } from "./browser.ts";
import type { TestProvider } from "./provider.ts";
import { bridgeClaims } from "./samples.ts";
import { startService, type World } from "./service.ts";

let world: World;
let provider: TestProvider;
const printed: string[] = [];

beforeAll(async () => {
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, "write").mockImplementation((chunk) => printed.push(String(chunk)) > 0);
  }
  for (const method of ["info", "warn", "error", "log"] as const) vi.spyOn(console, method).mockImplementation((...parts: unknown[]) => void printed.push(parts.join(" ")));
  world = await startService();
  provider = await world.startProvider();
});

afterAll(async () => {
  await world.close();
  vi.restoreAllMocks();
});

const own = "urn:jpki-bridge:ial3-aal2";
const signIn = (browser: Browser, fields: Record<string, string> = { acr: own, resource: "on" }): Promise<Page> => browser.post(`${world.origin}/login?lang=en`, fields);
const act = (browser: Browser, path: string): Promise<Page> => browser.post(`${world.origin}${path}?lang=en`);
const looksLikeToken = /eyJ[\w-]{10,}\.[\w-]+\.[\w-]+/;

describe("a sign-in", () => {
  test("asks by PAR with PKCE, state, nonce, the level and the language; ends at the claims", async () => {
    const browser = new Browser();
    const page = await signIn(browser);
    expect(page.url.pathname).toBe("/claims");
    expect(page.text).toContain("This person was verified on");
    expect(page.text).toMatch(/<code>ial<\/code>/);
    expect(page.text).not.toMatch(looksLikeToken);
    expect(provider.requests.at(-1)).toMatchObject({
      client_id: "demo-service", response_type: "code", scope: "openid reading:list", acr_values: own, ui_locales: "en",
      code_challenge_method: "S256", code_challenge: expect.stringMatching(/^.{43}$/), nonce: expect.stringMatching(/^.{43}$/), state: expect.stringMatching(/^.{43}$/), resource: `${world.origin}/api`,
    });
  });

  test.each([
    ["no level", { acr: "" }, { acr_values: undefined, scope: "openid", resource: [], prompt: undefined }],
    ["a fresh authentication", { acr: own, fresh: "on" }, { prompt: "login" }],
    ["the sign-in page", { acr: own, prompt: "on" }, { prompt: "login" }],
    ["offline access", { acr: own, offline: "on" }, { scope: "openid offline_access", prompt: "consent" }],
    ["all of it", { acr: own, offline: "on", prompt: "on", resource: "on" }, { scope: "openid offline_access reading:list", prompt: "login consent" }],
  ])("asking for %s", async (_name, fields: Record<string, string>, expected) => {
    expect((await signIn(new Browser(), fields)).url.pathname).toBe("/claims");
    expect(provider.requests.at(-1)).toMatchObject(expected);
  });

  test("changes the session's identifier, and its cookie is not one of the bridge's", async () => {
    const browser = new Browser();
    await browser.post(`${world.origin}/login`, { acr: "none" });
    await signIn(browser);
    const first = browser.cookie("demo_session");
    await signIn(browser);
    expect(browser.cookie("demo_session")).not.toBe(first);
    expect(browser.cookieNames.filter((name) => name.startsWith("jpki_"))).toEqual([]);
  });

  test("again for a higher level keeps the other conditions", async () => {
    const browser = new Browser();
    await signIn(browser);
    expect((await act(browser, "/step-up")).url.pathname).toBe("/claims");
    expect(provider.requests.at(-1)).toMatchObject({ acr_values: "urn:jpki-bridge:ial3-aal3", scope: "openid reading:list" });
  });
});

describe("with the tokens", () => {
  test("the API is called, and says what the token said", async () => {
    const browser = new Browser();
    await signIn(browser);
    const page = await act(browser, "/resource");
    expect(page.text).toContain("Night on the Galactic Railroad");
    expect(page.text).toContain("The token that the API was shown said:");
    expect(page.text).not.toMatch(looksLikeToken);
  });

  test("not the API, when it was not asked for", async () => {
    const browser = new Browser();
    await signIn(browser, { acr: own });
    expect((await act(browser, "/resource")).text).toContain("was not asked for in this sign-in");
  });

  test("a refresh shows what has fallen, and that the refresh token was replaced", async () => {
    const browser = new Browser();
    await signIn(browser);
    expect((await act(browser, "/refresh")).text).toContain("Nothing in what arrived has changed.");
    provider.claims = bridgeClaims({ evidence: evidence({ status: status({ status: "revoked" }) }) });
    const page = await act(browser, "/refresh");
    provider.claims = bridgeClaims();
    expect(page.text).toContain("The refresh token was replaced");
    expect(page.text).toMatch(/<li><code>ial<\/code> .*3.*1/);
    expect(page.text).toContain("no longer counts");
  });

  test("two clicks at once do not use one refresh token twice", async () => {
    const browser = new Browser();
    await signIn(browser);
    const pages = await Promise.all([act(browser, "/refresh"), act(browser, "/resource"), act(browser, "/refresh")]);
    expect(pages.map(({ status }) => status)).toEqual([200, 200, 200]);
    const last = await act(browser, "/refresh");
    expect(last.text).toContain("This is now up to date.");
    expect(last.text).toMatch(/Refreshes<\/dt><dd>4</);
  });

  test.each(["/refresh", "/resource"])("that count no longer, nothing more is claimed: %s", async (path) => {
    const browser = new Browser();
    await signIn(browser);
    provider.endGrants(true);
    const page = await act(browser, path);
    provider.endGrants(false);
    expect(page.url.pathname).toBe("/");
    expect(page.text).toContain("The provider no longer honours this sign-in");
    expect((await browser.open(`${world.origin}/claims`)).url.pathname).toBe("/");
  });

  test("that come and end in the same moment, likewise", async () => {
    const browser = new Browser();
    await signIn(browser);
    provider.onRefresh = () => provider.endGrants(true);
    const page = await act(browser, "/refresh");
    provider.onRefresh = () => undefined;
    provider.endGrants(false);
    expect(page.text).toContain("The provider no longer honours this sign-in");
  });

  test("a person who is not signed in is led to the start", async () => {
    for (const path of ["/refresh", "/resource", "/sign-out"]) expect((await act(new Browser(), path)).url.pathname).toBe("/");
    for (const path of ["/claims", "/refresh", "/login", "/signed-out", "/sign-out"]) expect((await new Browser().open(`${world.origin}${path}`)).url.pathname).toBe("/");
  });
});

describe("the end", () => {
  test("sign-out here leads to the provider and back; its logout notice is in the log", async () => {
    const [browser, other] = [new Browser(), new Browser()];
    await signIn(browser);
    await signIn(other);
    const question = await act(browser, "/sign-out");
    expect(question.url.origin).toBe(world.issuer);
    expect((await browser.open(`${world.origin}/claims`)).text).toContain("You have signed out of this library.");
    const [, xsrf = ""] = /name="xsrf" value="([^"]+)"/.exec(question.text) ?? [];
    const end = await browser.post(`${world.issuer}/session/end/confirm`, { xsrf, logout: "yes" });
    expect(end.url.href).toMatch(new RegExp(`^${world.origin}/`));
    expect((await other.open(`${world.origin}/claims`)).url.pathname).toBe("/claims");
  });

  test("the provider's logout notice ends the one session it names", async () => {
    const [browser, other] = [new Browser(), new Browser()];
    await signIn(browser);
    await signIn(other);
    // At the provider, not here: as if another service had signed the person out.
    const question = await browser.open(`${world.issuer}/session/end`);
    const [, xsrf = ""] = /name="xsrf" value="([^"]+)"/.exec(question.text) ?? [];
    await browser.post(`${world.issuer}/session/end/confirm`, { xsrf, logout: "yes" });
    await vi.waitFor(async () => expect((await browser.open(`${world.origin}/claims?lang=en`)).url.pathname).toBe("/"));
    const page = await browser.open(`${world.origin}/?lang=en`);
    expect(page.text).toContain("the provider sent a logout notice");
    expect(page.text).toContain("Accepted; ended one visit");
    expect((await other.open(`${world.origin}/claims`)).url.pathname).toBe("/claims");
  });
});

test("no token was printed by anything above", () => {
  expect(printed.join("\n")).not.toMatch(looksLikeToken);
});
