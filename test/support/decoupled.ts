import * as client from "openid-client";
import type { Answer } from "./http-browser.ts";
import { type Person, signInWithPasskey } from "./journey.ts";
import type { TestRelyingParty } from "./relying-party.ts";
import type { World } from "./world.ts";

export type Parameters = Readonly<Record<string, string>>;

/** What the token endpoint answered: tokens with the claims of the ID token, or an error. */
export type TokenAnswer = { readonly claims: Readonly<Record<string, unknown>>; readonly tokens: client.TokenEndpointResponse } | { readonly error: string };

const deviceCodeGrant = "urn:ietf:params:oauth:grant-type:device_code";
const cibaGrant = "urn:openid:params:grant-type:ciba";

async function ask(party: TestRelyingParty, grant: string, parameters: Record<string, string>): Promise<TokenAnswer> {
  try {
    const tokens = await client.genericGrantRequest(party.config, grant, parameters);
    return { tokens, claims: { ...tokens.claims() } };
  } catch (error) {
    return { error: errorOf(error) };
  }
}

export const errorOf = (error: unknown): string => (error as { error?: string }).error ?? String(error);

/** A device that wants to be signed in: its code, and its question how it stands. */
export async function startDevice(party: TestRelyingParty, parameters: Parameters = {}): Promise<{ userCode: string; complete: string; poll: () => Promise<TokenAnswer>; deviceCode: string }> {
  const given = await client.initiateDeviceAuthorization(party.config, { scope: "openid", ...parameters });
  const poll = (): Promise<TokenAnswer> => ask(party, deviceCodeGrant, { device_code: given.device_code });
  return { userCode: given.user_code, complete: given.verification_uri_complete ?? "", deviceCode: given.device_code, poll };
}

/** Types a user code; the page that comes. */
export async function enterUserCode(world: World, person: Person, userCode: string): Promise<Answer> {
  const page = await person.browser.open(`${world.issuer}/device`);
  return postDevice(person, page, { user_code: userCode });
}

/** Posts one of the forms of `/device`. */
export function postDevice(person: Person, page: Answer, fields: Record<string, string>): Promise<Answer> {
  const hidden = /name="xsrf" value="([^"]*)"/.exec(page.text)?.[1] ?? "";
  return person.browser.submit(page, "/device", { xsrf: hidden, ...fields });
}

/** From the code to where the sign-in ends. */
export async function signInDevice(world: World, person: Person, userCode: string): Promise<Answer> {
  const confirm = await enterUserCode(world, person, userCode);
  const page = await postDevice(person, confirm, { user_code: userCode, confirm: "yes" });
  return signInWithPasskey(world, person, page);
}

/** Asks for somebody's approval; how to ask for the answer. */
export async function askApproval(party: TestRelyingParty, parameters: Parameters): Promise<{ id: string; poll: () => Promise<TokenAnswer> }> {
  const given = await client.initiateBackchannelAuthentication(party.config, { scope: "openid", binding_message: "W4SCT", ...parameters });
  return { id: given.auth_req_id, poll: () => ask(party, cibaGrant, { auth_req_id: given.auth_req_id }) };
}

/** Signs in on the page of approvals; the list. */
export async function openApprovals(world: World, person: Person): Promise<Answer> {
  const page = await person.browser.open(`${world.issuer}/approve`);
  if (!page.text.includes("/approve/passkey/options")) return page;
  return person.browser.open(new URL(await usePasskey(world, person, page, "/approve/passkey"), world.issuer).href);
}

/** Uses the passkey at an address of a page; where to go on. */
export async function usePasskey(world: World, person: Person, page: Answer, path: string, verifyPath = path): Promise<string> {
  const offered = await person.browser.postJson(page, `${path}/options`, {});
  if (offered.status !== 200) throw new Error(`not offered: ${JSON.stringify(offered.body)}`);
  const credential = person.authenticator.get(offered.body["options"] as never, world.issuer);
  const answer = await person.browser.postJson(page, verifyPath, { challenge_id: offered.body["challenge_id"], credential });
  if (typeof answer.body["location"] !== "string") throw new Error(`passkey refused: ${JSON.stringify(answer.body)}`);
  return answer.body["location"];
}

/** The addresses of the requests on the list. */
export const requestsOn = (list: Answer): string[] => [...list.text.matchAll(/href="(\/approve\/[A-Za-z0-9_-]+)"/g)].map(([, address]) => address ?? "");

/** Approves what an approval page shows; the page after it. */
export async function approve(world: World, person: Person, page: Answer): Promise<Answer> {
  const verify = /data-verify-url="([^"]*)"/.exec(page.text)?.[1] ?? "";
  const location = await usePasskey(world, person, page, new URL(verify, page.url).pathname, verify);
  return person.browser.open(new URL(location, page.url).href);
}

