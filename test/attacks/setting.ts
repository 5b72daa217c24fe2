import { expect } from "vitest";
import type { ConfigurationFile } from "../../src/config.ts";
import { catalogue, type ErrorCode } from "../../src/errors.ts";
import { errorSentence } from "../../views/messages/index.ts";
import { type Answer, HttpBrowser } from "../support/http-browser.ts";
import { linkOf, newPerson, openEnrolment, type Person } from "../support/journey.ts";
import type { TestRelyingParty } from "../support/relying-party.ts";
import { startWorld, type World } from "../support/world.ts";
import { Device, type JsonAnswer } from "./device.ts";
import { Secrets } from "./secrets.ts";

/** A world whose traffic is watched: what passes in it must not be found in its log. */
export interface Setting {
  readonly world: World;
  readonly secrets: Secrets;
  /** Looks through the log, then ends the world. */
  close(): Promise<void>;
}

export async function startSetting(configure?: (file: ConfigurationFile) => ConfigurationFile): Promise<Setting> {
  const world = await startWorld(configure);
  const secrets = new Secrets();
  secrets.watch(world);
  return {
    world,
    secrets,
    close: async () => {
      secrets.unwatch();
      secrets.noteCertificates(world);
      await world.close();
      expect(world.logs.length).toBeGreaterThan(0);
      expect(secrets.size).toBeGreaterThan(50);
      secrets.expectNoneIn(world.logs);
    },
  };
}

/** A refusal as scripts and apps get it: the code, its status, its sentence, nothing more. */
export function expectRefused(answer: { status: number; body: Readonly<Record<string, unknown>> }, code: ErrorCode): void {
  expect({ error: answer.body["error"], status: answer.status }).toEqual({ error: code, status: catalogue[code].status });
  expect(Object.keys(answer.body).filter((name) => name !== "attempts_left").sort()).toEqual(["error", "error_description"]);
  expect([errorSentence(code, "en"), errorSentence(code, "ja")]).toContain(answer.body["error_description"]);
}

/** A refusal as people get it: a page with the sentence in their language. */
export function expectRefusedPage(answer: Answer, code: ErrorCode, locale: "ja" | "en" = "en"): void {
  const shown = /<code>([a-z_]+)<\/code>/.exec(answer.text)?.[1];
  expect({ code: shown, status: answer.status }).toEqual({ code, status: catalogue[code].status });
  expect(answer.text).toContain(`lang="${locale}"`);
  expect(answer.text).toContain(errorSentence(code, locale));
}

export interface Opened {
  readonly person: Person;
  /** The page with the link. */
  readonly progress: Answer;
  readonly link: string;
  readonly transaction: string;
}

/** Opens an enrolment on the account page: the place that needs no relying party. */
export async function openAtAccount(world: World, device: "same" | "other", person: Person = newPerson()): Promise<Opened> {
  const page = await person.browser.open(`${world.issuer}/account/enrolment`);
  return opened(person, await person.browser.submit(page, "/account/enrolment", { device }));
}

/** Opens an enrolment within a relying party's request. */
export async function openAtService(party: TestRelyingParty, device: "same" | "other", person: Person = newPerson()): Promise<Opened & { page: Answer }> {
  const page = await person.browser.open((await party.begin()).url);
  return { ...opened(person, await openEnrolment(person, page, device)), page };
}

export function opened(person: Person, progress: Answer): Opened {
  return { person, progress, link: linkOf(progress), transaction: new URL(progress.url).pathname.split("/").at(-1) ?? "" };
}

/** What the page's script is told of the transaction. */
export async function poll(browser: HttpBrowser, progress: Answer): Promise<JsonAnswer> {
  const answer = await browser.request(`${progress.url}/status`, { headers: { accept: "application/json" } });
  return { status: answer.status, headers: answer.headers, body: JSON.parse(answer.text) as Record<string, unknown> };
}

/** A device that claimed the transaction and, on another device, typed the number of the browser. */
export async function challengedDevice(world: World, { person, progress, link }: Opened): Promise<{ device: Device; statement: Awaited<ReturnType<Device["statement"]>> }> {
  const device = await Device.open(world, link);
  await device.claim();
  const { number } = (await poll(person.browser, progress)).body as { number?: string };
  return { device, statement: await device.statement(number) };
}

/** A device whose proof was accepted. */
export async function provedDevice(world: World, opening: Opened): Promise<{ device: Device; proved: JsonAnswer }> {
  const { device, statement } = await challengedDevice(world, opening);
  return { device, proved: await device.prove(await device.proof(statement, opening.person.persona)) };
}

/** Posts as a page of the bridge would, from any browser, and gives the JSON. */
export async function script(browser: HttpBrowser, world: World, path: string, body: object): Promise<{ status: number; body: Record<string, unknown> }> {
  const page = await browser.open(`${world.issuer}/`);
  return browser.postJson(page, path, body);
}

/** The code in a return URL. */
export function returnCodeOf(answer: JsonAnswer): { txn: string; code: string } {
  const fragment = new URLSearchParams(new URL(String(answer.body["return_url"])).hash.slice(1));
  return { txn: fragment.get("txn") ?? "", code: fragment.get("code") ?? "" };
}

/** Enrols on one device at the account page: a person with an active passkey and a session there. */
export async function enrolledPerson(world: World, persona: string, person: Person = newPerson(persona)): Promise<Person> {
  const opening = await openAtAccount(world, "same", person);
  const { device } = await provedDevice(world, opening);
  const made = await device.makePasskey(opening.person.authenticator);
  const { body } = await script(opening.person.browser, world, "/enrolment/return", returnCodeOf(made));
  await opening.person.browser.open(new URL(String(body["location"]), world.issuer).href);
  return opening.person;
}

/** Whether this browser is signed in on the account page. */
export async function hasAccountSession(browser: HttpBrowser, world: World): Promise<boolean> {
  return (await browser.open(`${world.issuer}/account`)).text.includes('action="/account/sign-out"');
}

/** Whether this browser is signed in for relying parties, found out without asking anybody anything. */
export async function hasProviderSession(browser: HttpBrowser, party: TestRelyingParty): Promise<boolean> {
  const { headers } = await browser.open((await party.begin({ prompt: "none" })).url);
  const error = new URL(headers.get("location") ?? "", "http://nowhere.example").searchParams.get("error");
  return error !== "login_required";
}

/** Neither kind of session: the browser gained nothing. */
export async function expectNoSession(browser: HttpBrowser, world: World, party?: TestRelyingParty): Promise<void> {
  expect(await hasAccountSession(browser, world)).toBe(false);
  if (party !== undefined) expect(await hasProviderSession(browser, party)).toBe(false);
}
