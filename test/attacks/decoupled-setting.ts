import { askApproval, openApprovals, requestsOn } from "../support/decoupled.ts";
import { type Answer, HttpBrowser } from "../support/http-browser.ts";
import { enrolAndSignIn, newPerson, type Person } from "../support/journey.ts";
import { registerRelyingParty, type TestRelyingParty } from "../support/relying-party.ts";
import type { World } from "../support/world.ts";

/** A relying party that may sign people in on another device. */
export const registerDecoupled = (world: World): Promise<TestRelyingParty> =>
  registerRelyingParty(world, { registration: { deviceFlow: true, ciba: { delivery: "poll" } } });

/** Somebody who has consented to a relying party, in a browser that is signed in nowhere. */
export async function connectedPerson(world: World, persona: string, party: TestRelyingParty): Promise<{ person: Person; subject: string }> {
  const enrolled = newPerson(persona);
  const { signIn, callback } = await enrolAndSignIn(world, enrolled, party);
  const subject = String((await party.finish(signIn, callback)).claims()?.sub);
  return { person: { ...enrolled, browser: new HttpBrowser() }, subject };
}

/** A request, and its page in the person's browser. */
export async function openRequest(world: World, party: TestRelyingParty, person: Person, login_hint: string): Promise<{ request: Awaited<ReturnType<typeof askApproval>>; page: Answer }> {
  const request = await askApproval(party, { login_hint });
  const [address = ""] = requestsOn(await openApprovals(world, person));
  return { request, page: await person.browser.open(new URL(address, world.issuer).href) };
}
