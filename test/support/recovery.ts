import { EnrolmentClient, type EnrolmentOutcome, JpkiApplet, SoftwareSecureElement } from "@jpki-bridge/client-sdk";
import type { Stage } from "../../src/sandbox/headless/person.ts";
import { type Answer, HttpBrowser } from "./http-browser.ts";
import { enrolAndSignIn, enrolOnPhone, linkOf, newPerson, numberIn, type Person, returnToBrowser } from "./journey.ts";
import type { TestRelyingParty } from "./relying-party.ts";
import type { World } from "./world.ts";

/** Somebody who enrolled at a relying party, with a browser that remembers nothing of it. */
export async function enrolledAt(world: World, party: TestRelyingParty, persona: string, parameters: Record<string, string> = {}): Promise<{ person: Person; refreshToken: string; sub: string }> {
  const person = newPerson(persona);
  const { signIn, callback } = await enrolAndSignIn(world, person, party, parameters);
  const tokens = await party.finish(signIn, callback);
  return { person: { ...person, browser: new HttpBrowser() }, refreshToken: String(tokens.refresh_token), sub: String(tokens.claims()?.sub) };
}

/** The same person with a new phone or browser: no passkey yet. */
export const withNewPhone = ({ persona }: Person): Person => newPerson(persona);

/** The phone's part, after it was given the link. */
export type OnPhone = (world: Stage, person: Person, link: string, number: () => Promise<string>) => Promise<EnrolmentOutcome>;

/** Both certificates sign: the one of another persona is the earlier. */
export const withEarlier = (earlier: string): OnPhone => async (world, person, link, number) => {
  const open = async (persona: string): Promise<JpkiApplet> => JpkiApplet.select(new SoftwareSecureElement(await world.image(persona)));
  const client = await EnrolmentClient.open({ link, issuers: [world.issuer], language: "en", now: () => world.now() });
  const claimed = await client.claim();
  const stated = await claimed.statement(claimed.numberRequired ? { number: await number() } : {});
  const proved = await stated.proveRenewal({ applet: await open(person.persona), pin: "1234", previous: { applet: await open(earlier), pin: "1234" } });
  if (proved.next !== "passkey") return proved;
  return proved.createPasskey(async (options) => person.authenticator.create(options as never, world.jlis.origin) as never);
};

/** The signature certificate is presented, too. */
export const withAttributes: OnPhone = async (world, person, link, number) => {
  const applet = await JpkiApplet.select(new SoftwareSecureElement(await world.image(person.persona)));
  const client = await EnrolmentClient.open({ link, issuers: [world.issuer], language: "en", now: () => world.now() });
  const claimed = await client.claim();
  const stated = await claimed.statement(claimed.numberRequired ? { number: await number() } : {});
  const proved = await stated.proveAttributes({ applet, pin: "1234", signaturePin: "ABC123" });
  if (proved.next !== "passkey") return proved;
  return proved.createPasskey(async (options) => person.authenticator.create(options as never, world.jlis.origin) as never);
};

export interface Way {
  readonly device: "same" | "other";
  /** Of the page with the form; below the bridge's own pages unless given. */
  readonly start?: string;
  readonly action?: string;
  readonly fields?: Readonly<Record<string, string>>;
  readonly onPhone?: OnPhone;
}

/** Goes through one of the pages for a lost or new phone; the page that the browser ends at. */
export async function goThrough(world: Stage, person: Person, purpose: string, way: Way): Promise<Answer> {
  const { device, start = `${world.issuer}/recovery/${purpose}`, action = new URL(start).pathname, fields = {}, onPhone = enrolOnPhone } = way;
  const page = await person.browser.open(start);
  const progress = await person.browser.submit(page, action, { device, ...fields });
  const outcome = await onPhone(world, person, linkOf(progress), () => numberIn(person, progress));
  if (outcome.next === "return") return returnToBrowser(person, outcome.return_url);
  const { location } = JSON.parse((await person.browser.request(`${progress.url}/status`)).text) as { location?: string };
  return person.browser.open(location === undefined ? progress.url : new URL(location, world.issuer).href);
}

/** Signs in on the account page with the passkey. */
export async function openAccount(world: World, person: Person): Promise<Answer> {
  const page = await person.browser.open(`${world.issuer}/account`);
  const offered = await person.browser.postJson(page, "/account/passkey/options", {});
  const credential = person.authenticator.get(offered.body["options"] as never, world.issuer);
  const answer = await person.browser.postJson(page, "/account/passkey", { challenge_id: offered.body["challenge_id"], credential });
  if (typeof answer.body["location"] !== "string") throw new Error(`sign-in refused: ${JSON.stringify(answer.body)}`);
  return person.browser.open(new URL(answer.body["location"], page.url).href);
}
