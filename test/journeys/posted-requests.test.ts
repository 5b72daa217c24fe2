import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Answer, HttpBrowser } from "../support/http-browser.ts";
import { enrolAndSignIn, newPerson, type Person, plain, reachCallback, signInWithPasskey } from "../support/journey.ts";
import { registerRelyingParty, type TestRelyingParty } from "../support/relying-party.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let party: TestRelyingParty;
let person: Person;
beforeAll(async () => {
  world = await startWorld();
  party = await registerRelyingParty(world, { pushed: false });
  const enrolled = newPerson("good-phone");
  await enrolAndSignIn(world, enrolled, party);
  person = { ...enrolled, browser: new HttpBrowser() };
});
afterAll(() => world.close());

/** As a form of another site posts. */
function post(browser: HttpBrowser, path: string, body: URLSearchParams | string, type = "application/x-www-form-urlencoded"): Promise<Answer> {
  const headers = { "content-type": type, accept: "text/html", origin: "https://rp.example", "sec-fetch-site": "cross-site" };
  return browser.open(`${world.issuer}${path}`, { method: "POST", body: body.toString(), headers });
}

describe("a posted authorization request (OpenID Connect Core 3.1.2.1)", () => {
  test("signs in as one that is linked to, and finds the session there is", async () => {
    const first = await party.begin();
    const callback = await reachCallback(person, await signInWithPasskey(world, person, await post(person.browser, "/authorize", new URL(first.url).searchParams)));
    expect((await party.finish(first, callback)).claims()).toMatchObject({ ial: 3, aal: 2 });
    const second = await party.begin();
    const answer = await post(person.browser, "/authorize", new URL(second.url).searchParams);
    expect((await party.finish(second, String(answer.headers.get("location")))).claims()).toMatchObject({ ial: 3, aal: 2 });
  });

  test("keeps what stands twice, so that it is refused", async () => {
    const { url } = await party.begin();
    const body = new URL(url).searchParams;
    body.append("scope", "openid offline_access");
    const answer = await post(person.browser, "/authorize", body);
    expect(new URL(String(answer.headers.get("location"))).searchParams.get("error")).toBe("invalid_request");
  });

  const refused: readonly (readonly [string, string, string, number])[] = [
    ["JSON", "application/json", "{}", 415],
    ["text", "text/plain", "client_id=a", 415],
    ["more than a request line holds", "application/x-www-form-urlencoded", `claims=${"a".repeat(9000)}`, 413],
    ["more than is read at all", "application/x-www-form-urlencoded", `claims=${"a".repeat(70_000)}`, 413],
  ];
  test.each(refused)("%s is refused", async (_name, type, body, status) => {
    expect((await post(new HttpBrowser(), "/authorize", body, type)).status).toBe(status);
  });

  test("leads nowhere else, whatever it says", async () => {
    const answer = await new HttpBrowser().request(`${world.issuer}/authorize`, { method: "POST", body: new URLSearchParams({ "": "//attacker.example", redirect_uri: "https://attacker.example" }) });
    expect(answer.status).toBe(303);
    expect(answer.headers.get("location")).toMatch(/^\/authorize\?/);
  });
});

describe("a posted sign-out request (RP-Initiated Logout 2)", () => {
  test("asks before it signs anybody out", async () => {
    const page = await post(person.browser, "/sign-out", new URLSearchParams({ client_id: party.clientId }));
    expect(plain(page.text)).toContain("Do you want to sign out?");
    const again = await party.begin({ prompt: "none" });
    expect((await person.browser.open(again.url)).headers.get("location")).toContain("code=");
  });
});
