import type { AuthenticationResponseJSON, PublicKeyCredentialRequestOptionsJSON } from "@simplewebauthn/server";
import type { SoftwareAuthenticator, Tampering } from "../passkeys/software-authenticator.ts";
import type { Answer, HttpBrowser } from "../support/http-browser.ts";
import type { World } from "../support/world.ts";

interface Given {
  readonly options: PublicKeyCredentialRequestOptionsJSON;
  readonly challenge_id: string;
}

/** Ways in which an assertion may be wrong. */
export interface Wrong {
  readonly origin?: string;
  readonly tampering?: Tampering;
  readonly change?: (credential: AuthenticationResponseJSON) => unknown;
  readonly challengeId?: string;
}

/** Asks for a challenge on a page that signs in by passkey. */
export async function challengeAt(browser: HttpBrowser, page: Answer): Promise<Given> {
  const { body } = await browser.postJson(page, `${new URL(page.url).pathname}/passkey/options`, {});
  return body as unknown as Given;
}

/** What the page of an interaction brings along in place of that. */
export function challengeIn(page: Answer): Given {
  const written = / data-offered="([^"]*)"/.exec(page.text)?.[1];
  if (written === undefined) throw new Error("the page brings no challenge");
  return JSON.parse(written.replaceAll("&quot;", '"')) as Given;
}

/** Answers a challenge that was given out, there or elsewhere. */
export async function answerChallenge(
  world: World,
  browser: HttpBrowser,
  page: Answer,
  authenticator: SoftwareAuthenticator,
  { options, challenge_id }: Given,
  { origin = world.issuer, tampering = {}, change = (credential) => credential, challengeId = challenge_id }: Wrong = {},
): Promise<{ status: number; body: Record<string, unknown> }> {
  const credential = change(authenticator.get(options, origin, tampering));
  return browser.postJson(page, `${new URL(page.url).pathname}/passkey`, { challenge_id: challengeId, credential });
}

/** Signs in by passkey, well or badly, on a page of an interaction or of the account. */
export async function assertOn(world: World, browser: HttpBrowser, page: Answer, authenticator: SoftwareAuthenticator, wrong: Wrong = {}): Promise<{ status: number; body: Record<string, unknown> }> {
  return answerChallenge(world, browser, page, authenticator, await challengeAt(browser, page), wrong);
}

export async function assertAtAccount(world: World, browser: HttpBrowser, authenticator: SoftwareAuthenticator, wrong: Wrong = {}): Promise<{ status: number; body: Record<string, unknown> }> {
  return assertOn(world, browser, await browser.open(`${world.issuer}/account`), authenticator, wrong);
}
