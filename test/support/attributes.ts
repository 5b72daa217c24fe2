import { type EnrolmentOutcome, EnrolmentClient, JpkiApplet, SoftwareSecureElement } from "@jpki-bridge/client-sdk";
import type { Answer } from "./http-browser.ts";
import { linkOf, numberIn, openEnrolment, type Person, returnToBrowser } from "./journey.ts";
import type { World } from "./world.ts";

/** The phone's part of presenting the signature certificate. */
export async function presentOnPhone(world: World, persona: string, link: string, number: () => Promise<string>): Promise<EnrolmentOutcome> {
  const applet = await JpkiApplet.select(new SoftwareSecureElement(await world.image(persona)));
  const client = await EnrolmentClient.open({ link, issuers: [world.issuer], language: "en", now: () => world.now() });
  const claimed = await client.claim();
  const stated = await claimed.statement(claimed.numberRequired ? { number: await number() } : {});
  const outcome = await stated.proveAttributes({ applet, pin: "1234", signaturePin: "ABC123" });
  if (outcome.next === "passkey") throw new Error("no passkey is made of attributes");
  return outcome;
}

/** Presents it from a page with the form for it; the page that the browser comes back to. */
export async function presentCertificate(world: World, person: Person, page: Answer, device: "same" | "other" = "same"): Promise<Answer> {
  const progress = await openEnrolment(person, page, device, "attributes");
  const outcome = await presentOnPhone(world, person.persona, linkOf(progress), () => numberIn(person, progress));
  if (outcome.next === "return") return person.browser.open((await returnToBrowser(person, outcome.return_url)).url);
  const status = JSON.parse((await person.browser.request(`${progress.url}/status`)).text) as { location: string };
  return person.browser.open(new URL(status.location, world.issuer).href);
}
