import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { HttpBrowser } from "../../support/http-browser.ts";
import { enrolOnPhone, linkOf, newPerson, openEnrolment, type Person, reachCallback, returnToBrowser, signInWithPasskey } from "../../support/journey.ts";
import { startWorld, type World } from "../../support/world.ts";
import { missingForApache, startApache } from "./apache.ts";
import { register, type Service } from "./application.ts";

/** A real Apache with mod_auth_openidc, which lets in by what the bridge says of the person. */

const missing = missingForApache();
if (missing !== null) process.stderr.write(`skipped: Apache with mod_auth_openidc against the bridge, for ${missing}\n`);

const acr = (level: string): string => `urn:jpki-bridge:${level}`;
const pages = [
  { name: "anybody", require: "valid-user" },
  { name: "acr-ial3-aal3", require: `claim acr:${acr("ial3-aal3")}` },
  { name: "acr-ial3-aal2", require: `claim acr:${acr("ial3-aal2")}` },
  { name: "ial-3", require: "claim ial:3" },
  { name: "aal-3", require: "claim aal:3" },
  { name: "another-acr", require: "claim acr:urn:example:unknown" },
  { name: "asks", require: `claim acr:${acr("ial3-aal3")}`, ask: `acr_values=${encodeURIComponent(acr("ial3-aal3"))}` },
];

/** Who is let in after which sign-in. */
const rows: readonly [page: string, afterJpki: number, afterPasskey: number][] = [
  ["anybody", 200, 200],
  ["acr-ial3-aal3", 200, 401],
  ["acr-ial3-aal2", 401, 200],
  ["ial-3", 200, 200],
  ["aal-3", 200, 401],
  ["another-acr", 401, 401],
];

describe.runIf(missing === null)("Apache with mod_auth_openidc", () => {
  let world: World;
  let service: Service;
  let enrolled: Person;
  let returning: Person;
  beforeAll(async () => {
    world = await startWorld();
    service = await startApache(await register(world, "apache"), pages);
    enrolled = await enrol(newPerson());
    returning = { ...enrolled, browser: new HttpBrowser() };
    await bring(returning, await signInWithPasskey(world, returning, await away(returning, "anybody")));
  });
  afterAll(async () => {
    await service.close();
    await world.close();
  });

  /** Opens a page, and what Apache sends the browser to. */
  const away = async (person: Person, page: string) => person.browser.open((await person.browser.open(`${service.base}/${page}/`)).headers.get("location") ?? "");

  /** Brings the bridge's answer to Apache. */
  const bring = async (person: Person, answer: Parameters<typeof reachCallback>[1]) => person.browser.open(await reachCallback(person, answer));

  async function enrol(person: Person): Promise<Person> {
    const outcome = await enrolOnPhone(world, person, linkOf(await openEnrolment(person, await away(person, "anybody"), "same")), async () => "");
    if (outcome.next !== "return") throw new Error("expected a return");
    const landed = await bring(person, await returnToBrowser(person, outcome.return_url));
    expect([landed.status, landed.text]).toEqual([200, "anybody"]);
    return person;
  }

  const info = async (person: Person) => JSON.parse((await person.browser.open(`${service.base}/callback?info=json`)).text) as Record<string, Record<string, unknown>>;

  test.each(rows)("%s: %d after a live JPKI signature, %d after a synced passkey", async (page, afterJpki, afterPasskey) => {
    expect((await enrolled.browser.request(`${service.base}/${page}/`)).status).toBe(afterJpki);
    expect((await returning.browser.request(`${service.base}/${page}/`)).status).toBe(afterPasskey);
  });

  test("nobody is let in without a sign-in", async () => {
    const { status, headers } = await new HttpBrowser().request(`${service.base}/anybody/`);
    expect([status, headers.get("location")?.startsWith(`${world.issuer}/authorize?`)]).toEqual([302, true]);
  });

  test("a page asks for the level that it requires, and the person steps up", async () => {
    const person = { ...enrolled, browser: new HttpBrowser() };
    const question = await signInWithPasskey(world, person, await away(person, "asks"));
    const outcome = await enrolOnPhone(world, person, linkOf(await openEnrolment(person, question, "same", "step-up")), async () => "");
    if (outcome.next !== "return") throw new Error("expected a return");
    expect(await bring(person, await returnToBrowser(person, outcome.return_url))).toMatchObject({ status: 200, text: "asks" });
  });

  test("reads userinfo, and refreshes", async () => {
    const { userinfo, id_token, access_token } = await info(enrolled);
    expect(userinfo).toMatchObject({ sub: id_token?.["sub"], ial: 3, aal: 3, fal: 1 });
    const refreshed = await enrolled.browser.open(`${service.base}/callback?${new URLSearchParams({ refresh: `${service.base}/anybody/`, access_token: String(access_token) })}`);
    expect([refreshed.status, refreshed.url]).toEqual([200, `${service.base}/anybody/`]);
    expect((await info(enrolled))["access_token"]).not.toBe(access_token);
  });

  test("signs out here and there", async () => {
    const leaving = await returning.browser.open(`${service.base}/callback?${new URLSearchParams({ logout: `${service.base}/signed-out` })}`);
    const question = await returning.browser.open(leaving.headers.get("location") ?? "");
    const xsrf = /name="xsrf" value="([^"]*)"/u.exec(question.text)?.[1] ?? "";
    const ended = await returning.browser.submit(question, "/sign-out/confirm", { xsrf, logout: "yes" });
    expect(ended.headers.get("location")?.split("?")[0]).toBe(`${service.base}/signed-out`);
    expect((await away(returning, "anybody")).text).toContain("/passkey/options");
  });
});
