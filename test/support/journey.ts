import { enrolOnPhone, linkOf, openEnrolment, type Person, returnToBrowser, signInWithPasskey, type Stage } from "../../src/sandbox/headless/person.ts";
import type { Answer } from "./http-browser.ts";
import type { SignIn, TestRelyingParty } from "./relying-party.ts";

export { enrolOnPhone, linkOf, newPerson, openEnrolment, type Person, returnToBrowser, signInWithPasskey } from "../../src/sandbox/headless/person.ts";

/** The number that the browser shows once a phone has connected. */
export async function numberIn(person: Person, progress: Answer): Promise<string> {
  const answer = await person.browser.request(`${progress.url}/status`, { headers: { accept: "application/json" } });
  return String((JSON.parse(answer.text) as { number?: string }).number);
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
export async function enrolAndSignIn(world: Stage, person: Person, party: TestRelyingParty, parameters: Record<string, string> = {}): Promise<{ signIn: SignIn; callback: string }> {
  const signIn = await party.begin(parameters);
  const page = await person.browser.open(signIn.url);
  const progress = await openEnrolment(person, page, "same");
  const outcome = await enrolOnPhone(world, person, linkOf(progress), async () => "");
  if (outcome.next !== "return") throw new Error("expected a device-local return");
  return { signIn, callback: await reachCallback(person, await returnToBrowser(person, outcome.return_url)) };
}

/** Signs in again with the passkey. */
export async function signInAgain(world: Pick<Stage, "issuer">, person: Person, party: TestRelyingParty, parameters: Record<string, string> = {}): Promise<{ signIn: SignIn; callback: string }> {
  const signIn = await party.begin(parameters);
  const page = await person.browser.open(signIn.url);
  const landed = page.status === 200 && page.text.includes("/passkey/options") ? await signInWithPasskey(world, person, page) : page;
  return { signIn, callback: await reachCallback(person, landed) };
}
