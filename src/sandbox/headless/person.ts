import { type EnrolmentOutcome, EnrolmentClient, JpkiApplet, type SecureElementImage, SoftwareSecureElement } from "@jpki-bridge/client-sdk";
import { type Answer, HttpBrowser } from "./http-browser.ts";
import { SoftwareAuthenticator } from "./software-authenticator.ts";

/** A person without a screen: a browser, a phone with a Secure Element, and the passkeys on that phone. */
export interface Person {
  readonly browser: HttpBrowser;
  readonly authenticator: SoftwareAuthenticator;
  readonly persona: string;
}

/** Where persons live: a bridge, and the J-LIS stand-in whose page plays the app. */
export interface Stage {
  readonly issuer: string;
  readonly jlis: { readonly origin: string };
  /** Seconds since the epoch. */
  now(): number;
  /** What the persona's Secure Element holds. */
  image(persona: string): Promise<SecureElementImage>;
}

export function newPerson(persona = "good-phone", browser: HttpBrowser = new HttpBrowser()): Person {
  return { browser, authenticator: new SoftwareAuthenticator(), persona };
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

/** The phone's part, up to and including its passkey. */
export async function enrolOnPhone(stage: Stage, person: Person, link: string, number: () => Promise<string>): Promise<EnrolmentOutcome> {
  const applet = await JpkiApplet.select(new SoftwareSecureElement(await stage.image(person.persona)));
  const client = await EnrolmentClient.open({ link, issuers: [stage.issuer], language: "en", now: () => stage.now() });
  const claimed = await client.claim();
  const stated = await claimed.statement(claimed.numberRequired ? { number: await number() } : {});
  const proved = await stated.prove({ applet, pin: "1234" });
  if (proved.next !== "passkey") return proved;
  return proved.createPasskey(async (options) => person.authenticator.create(options as never, stage.jlis.origin) as never);
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
export async function signInWithPasskey(stage: Pick<Stage, "issuer">, person: Person, page: Answer): Promise<Answer> {
  const path = new URL(page.url).pathname;
  const offered = await person.browser.postJson(page, `${path}/passkey/options`, {});
  const credential = person.authenticator.get(offered.body["options"] as never, stage.issuer);
  const answer = await person.browser.postJson(page, `${path}/passkey`, { challenge_id: offered.body["challenge_id"], credential });
  if (typeof answer.body["location"] !== "string") throw new Error(`sign-in refused: ${JSON.stringify(answer.body)}`);
  return person.browser.open(new URL(answer.body["location"], page.url).href);
}
