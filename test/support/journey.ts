import { type EnrolmentOutcome, EnrolmentClient, JpkiApplet, SoftwareSecureElement } from "@jpki-bridge/client-sdk";
import { SoftwareAuthenticator } from "../passkeys/software-authenticator.ts";
import { type Answer, HttpBrowser } from "./http-browser.ts";
import type { SignIn, TestRelyingParty } from "./relying-party.ts";
import type { World } from "./world.ts";

/** A person: a browser, a phone with a Secure Element, and the passkeys on that phone. */
export interface Person {
  readonly browser: HttpBrowser;
  readonly authenticator: SoftwareAuthenticator;
  readonly persona: string;
}

export function newPerson(persona = "good-phone"): Person {
  return { browser: new HttpBrowser(), authenticator: new SoftwareAuthenticator(), persona };
}

/** The app link of a progress page. */
export function linkOf(page: Answer): string {
  const found = /href="([^"]*#iss=[^"]*)"/.exec(page.text)?.[1] ?? /data-app-link="([^"]*)"/.exec(page.text)?.[1];
  if (found === undefined) throw new Error(`no app link in ${page.url}`);
  return found.replaceAll("&amp;", "&");
}

/** Opens an enrolment (or step-up) in the browser; the page with the link. */
export async function openEnrolment(person: Person, page: Answer, device: "same" | "other", path = "enrolment"): Promise<Answer> {
  return person.browser.submit(page, `${new URL(page.url).pathname.replace(/\/enrolment$/, "")}/${path}`, { device });
}

/** The number that the browser shows once a phone has connected. */
export async function numberIn(person: Person, progress: Answer): Promise<string> {
  const answer = await person.browser.request(`${progress.url}/status`, { headers: { accept: "application/json" } });
  return String((JSON.parse(answer.text) as { number?: string }).number);
}

/** The phone's part, up to and including its passkey. */
export async function enrolOnPhone(world: World, person: Person, link: string, number: () => Promise<string>): Promise<EnrolmentOutcome> {
  const applet = await JpkiApplet.select(new SoftwareSecureElement(await world.image(person.persona)));
  const client = await EnrolmentClient.open({ link, issuers: [world.issuer], language: "en", now: () => world.now() });
  const claimed = await client.claim();
  const stated = await claimed.statement(claimed.numberRequired ? { number: await number() } : {});
  const proved = await stated.prove({ applet, pin: "1234" });
  if (proved.next !== "passkey") return proved;
  return proved.createPasskey(async (options) => person.authenticator.create(options as never, world.jlis.origin) as never);
}

/** Takes the phone's result back to the browser that began, as the app's redirect does. */
export async function returnToBrowser(person: Person, returnUrl: string): Promise<Answer> {
  const fragment = new URLSearchParams(new URL(returnUrl).hash.slice(1));
  const page = await person.browser.open(returnUrl.replace(/#.*/, ""));
  const answer = await person.browser.postJson(page, "/enrolment/return", { txn: fragment.get("txn"), code: fragment.get("code") });
  if (typeof answer.body["location"] !== "string") throw new Error(`return refused: ${JSON.stringify(answer.body)}`);
  return person.browser.open(new URL(answer.body["location"], page.url).href);
}

/** Signs in with the passkey on an interaction page; where the browser ends. */
export async function signInWithPasskey(world: World, person: Person, page: Answer): Promise<Answer> {
  const path = new URL(page.url).pathname;
  const offered = await person.browser.postJson(page, `${path}/passkey/options`, {});
  const credential = person.authenticator.get(offered.body["options"] as never, world.issuer);
  const answer = await person.browser.postJson(page, `${path}/passkey`, { challenge_id: offered.body["challenge_id"], credential });
  if (typeof answer.body["location"] !== "string") throw new Error(`sign-in refused: ${JSON.stringify(answer.body)}`);
  return person.browser.open(new URL(answer.body["location"], page.url).href);
}

/** Consents if asked to; the callback URL at the relying party. */
export async function reachCallback(person: Person, answer: Answer): Promise<string> {
  const isConsent = answer.status === 200 && answer.text.includes("/consent\"");
  const last = isConsent ? await person.browser.submit(answer, `${new URL(answer.url).pathname}/consent`) : answer;
  const location = last.headers.get("location");
  if (location === null || !location.includes("/callback")) throw new Error(`no callback but ${last.status} ${last.url}: ${plain(last.text)}`);
  return location;
}

/** A page without its markup, for error messages. */
export const plain = (text: string): string => text.replace(/<style[\s\S]*?<\/style>|<[^>]*>/g, " ").replace(/\s+/g, " ").slice(0, 400);

/** Enrols on the same device within a relying party's request, and comes back to it. */
export async function enrolAndSignIn(world: World, person: Person, party: TestRelyingParty, parameters: Record<string, string> = {}): Promise<{ signIn: SignIn; callback: string }> {
  const signIn = await party.begin(parameters);
  const page = await person.browser.open(signIn.url);
  const progress = await openEnrolment(person, page, "same");
  const outcome = await enrolOnPhone(world, person, linkOf(progress), async () => "");
  if (outcome.next !== "return") throw new Error("expected a device-local return");
  return { signIn, callback: await reachCallback(person, await returnToBrowser(person, outcome.return_url)) };
}

/** Signs in again with the passkey. */
export async function signInAgain(world: World, person: Person, party: TestRelyingParty, parameters: Record<string, string> = {}): Promise<{ signIn: SignIn; callback: string }> {
  const signIn = await party.begin(parameters);
  const page = await person.browser.open(signIn.url);
  const landed = page.status === 200 && page.text.includes("/passkey/options") ? await signInWithPasskey(world, person, page) : page;
  return { signIn, callback: await reachCallback(person, landed) };
}
