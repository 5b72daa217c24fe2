import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Browser, type Page } from "./browser.ts";
import type { TestProvider } from "./provider.ts";
import { startService, type World } from "./service.ts";

let world: World;
let provider: TestProvider;

beforeAll(async () => {
  world = await startService();
  provider = await world.startProvider();
});

afterAll(() => world.close());

/** A browser that has been sent to the provider, and the state it took along. */
async function onTheWay(): Promise<{ browser: Browser; state: string }> {
  const browser = new Browser();
  const response = await browser.send(new URL(`${world.origin}/login?lang=en`), {
    method: "POST", headers: { Origin: world.origin, "Content-Type": "application/x-www-form-urlencoded" }, body: "acr=",
  });
  await response.arrayBuffer();
  return { browser, state: String(provider.requests.at(-1)?.["state"]) };
}

const comeBack = (browser: Browser, parameters: readonly (readonly [string, string])[]): Promise<Page> =>
  browser.open(`${world.origin}/callback?${new URLSearchParams(parameters.map(([name, value]) => [name, value])).toString()}`);

const notBegun = "was not begun in this browser";
const notTrusted = "could not be verified";
const phishing = "Please call 0120-000-000";

interface Case {
  readonly name: string;
  /** The parameters; `STATE` and `ISSUER` stand for the right ones. */
  readonly parameters: readonly (readonly [string, string])[];
  readonly expected: string;
  readonly status?: number;
}

const iss = ["iss", "ISSUER"] as const;
const state = ["state", "STATE"] as const;

const cases: readonly Case[] = [
  { name: "nothing at all", parameters: [], expected: notBegun },
  { name: "no state", parameters: [["code", "x"], iss], expected: notBegun },
  { name: "another state", parameters: [["code", "x"], iss, ["state", "other"]], expected: notBegun },
  { name: "two states", parameters: [["code", "x"], iss, state, state], expected: notBegun },
  { name: "no code", parameters: [iss, state], expected: notTrusted },
  { name: "two codes", parameters: [["code", "x"], ["code", "y"], iss, state], expected: notTrusted },
  { name: "no issuer", parameters: [["code", "x"], state], expected: notTrusted },
  { name: "another issuer (mix-up)", parameters: [["code", "x"], ["iss", "http://localhost:3999"], state], expected: notTrusted },
  { name: "a code of one's own making", parameters: [["code", "x"], iss, state], expected: "This sign-in no longer counts." },
  { name: "tokens in the address", parameters: [["access_token", "x"], ["id_token", "y"], iss, state], expected: notTrusted },
  { name: "cancelled", parameters: [["error", "access_denied"], iss, state], expected: "The procedure was cancelled." },
  { name: "level not reached", parameters: [["error", "unmet_authentication_requirements"], iss, state], expected: "The level that was asked for could not be reached." },
  { name: "outage", parameters: [["error", "temporarily_unavailable"], iss, state], expected: "The provider is busy", status: 503 },
  { name: "an error that nobody knows", parameters: [["error", "quite_new"], iss, state], expected: "The provider refused the sign-in." },
  { name: "an error with markup in it", parameters: [["error", "<script>x</script>"], iss, state], expected: "&lt;script&gt;x&lt;/script&gt;" },
];

describe("a callback with", () => {
  test.each(cases)("$name", async ({ parameters, expected, status = 400 }) => {
    const way = await onTheWay();
    const actual = parameters.map(([name, value]) => [name, value.replace("STATE", way.state).replace("ISSUER", world.issuer)] as const);
    const page = await comeBack(way.browser, actual);
    expect(page.status).toBe(status);
    expect(page.text).toContain(expected);
    expect(page.text).not.toContain("<script");
    expect((await way.browser.open(`${world.origin}/claims`)).url.pathname).toBe("/");
  });

  test("a sentence of the provider is shown, for its own sign-in only", async () => {
    const { browser, state: right } = await onTheWay();
    const parameters = [["error", "access_denied"], ["error_description", phishing], ["iss", world.issuer]] as const;
    expect((await comeBack(browser, [...parameters, ["state", "wrong"]])).text).not.toContain(phishing);
    expect((await comeBack(new Browser(), [...parameters, ["state", right]])).text).not.toContain(phishing);
    expect((await comeBack(browser, [...parameters.slice(0, 2), ["iss", "http://localhost:3999"], ["state", right]])).text).not.toContain(phishing);
    const another = await onTheWay();
    expect((await comeBack(another.browser, [...parameters, ["state", another.state]])).text).toContain(phishing);
  });

  test("a very long sentence is cut", async () => {
    const { browser, state: right } = await onTheWay();
    const page = await comeBack(browser, [["error", "server_error"], ["error_description", "x".repeat(4000)], ["iss", world.issuer], ["state", right]]);
    expect(page.text).toContain("x".repeat(300));
    expect(page.text).not.toContain("x".repeat(301));
  });

  test("the answer to another browser's sign-in (login CSRF)", async () => {
    const attacker = await onTheWay();
    const victim = await onTheWay();
    const page = await comeBack(victim.browser, [["code", "x"], ["iss", world.issuer], ["state", attacker.state]]);
    expect(page.text).toContain(notBegun);
  });

  test("the same answer a second time", async () => {
    const browser = new Browser();
    const answers: string[] = [];
    const response = await browser.send(new URL(`${world.origin}/login?lang=en`), { method: "POST", headers: { Origin: world.origin, "Content-Type": "application/x-www-form-urlencoded" }, body: "acr=" });
    let next = response.headers.get("location");
    while (next !== null && answers.length < 20) {
      const url = new URL(next, answers.at(-1) ?? world.issuer);
      answers.push(url.href);
      const step = await browser.send(url, { headers: { Accept: "text/html" } });
      await step.arrayBuffer();
      next = step.headers.get("location");
    }
    const callback = answers.find((address) => address.startsWith(`${world.origin}/callback`)) ?? "";
    expect(callback).toContain("code=");
    const again = await browser.open(callback);
    expect(again.text).toContain(notBegun);
    // Whoever is signed in stays so.
    expect((await browser.open(`${world.origin}/claims`)).url.pathname).toBe("/claims");
  });

  test("a session cookie of one's own making", async () => {
    const { browser, state: right } = await onTheWay();
    browser.setCookie("demo_session", `${browser.cookie("demo_session") ?? ""}x`);
    expect((await comeBack(browser, [["error", "access_denied"], ["iss", world.issuer], ["state", right]])).text).toContain("もう一度サインイン");
    browser.setCookie("demo_session.sig", "x");
    expect((await browser.open(`${world.origin}/claims`)).url.pathname).toBe("/");
  });
});

test("what the provider refuses is told in plain words", async () => {
  provider.refusal = { error: "unmet_authentication_requirements", error_description: "the requested level of assurance was not reached" };
  const page = await new Browser().post(`${world.origin}/login?lang=en`, { acr: "" });
  provider.refusal = null;
  expect(page.text).toContain("or ask for a lower level");
  expect(page.text).toContain("the requested level of assurance was not reached");
});
