import { SignJWT } from "jose";
import * as client from "openid-client";
import { approve, askApproval, errorOf, openApprovals, type Parameters, requestsOn, signInDevice, startDevice, type TokenAnswer } from "./decoupled.ts";
import type { Answer } from "./http-browser.ts";
import { enrolOnPhone, linkOf, openEnrolment, type Person, returnToBrowser, signInWithPasskey } from "./journey.ts";
import type { SignIn, TestRelyingParty } from "./relying-party.ts";
import type { World } from "./world.ts";

/** What came of asking: tokens, an error, or a page that asks for more or says that there is no more. */
export type Outcome =
  | { readonly kind: "tokens"; readonly claims: Readonly<Record<string, unknown>> }
  | { readonly kind: "error"; readonly error: string }
  | { readonly kind: "step-up" | "refused"; readonly page: Answer; readonly giveUp: () => Promise<Outcome>; readonly stepUp: () => Promise<Outcome> };

/** One way for a request to come in. Each ends at the same {@link Outcome}s. */
export type EntryPoint = (world: World, party: TestRelyingParty, person: Person, parameters: Parameters) => Promise<Outcome>;

const outcomeOf = (answer: TokenAnswer): Outcome => ("error" in answer ? { kind: "error", error: answer.error } : { kind: "tokens", claims: answer.claims });

/** Reads the page at which a sign-in stands; `finish` tells how it ended where it stands no more. */
async function stand(world: World, person: Person, page: Answer, finish: (page: Answer) => Promise<Outcome>): Promise<Outcome> {
  const giveUpPath = /action="([^"]*\/give-up)"/.exec(page.text)?.[1];
  if (giveUpPath === undefined) return finish(page);
  const goOn = async (next: Answer): Promise<Outcome> => stand(world, person, next, finish);
  return {
    kind: page.text.includes('/step-up"') ? "step-up" : "refused",
    page,
    giveUp: async () => goOn(await person.browser.submit(page, giveUpPath)),
    stepUp: async () => {
      const progress = await openEnrolment(person, page, "same", "step-up");
      const outcome = await enrolOnPhone(world, person, linkOf(progress), async () => "");
      if (outcome.next !== "return") throw new Error("expected a device-local return");
      return goOn(await returnToBrowser(person, outcome.return_url));
    },
  };
}

async function throughBrowser(world: World, party: TestRelyingParty, person: Person, signIn: SignIn): Promise<Outcome> {
  const finish = async (page: Answer): Promise<Outcome> => {
    const location = page.headers.get("location") ?? "";
    const error = URL.parse(location)?.searchParams.get("error");
    if (error !== null && error !== undefined) return { kind: "error", error };
    const consented = page.text.includes('/consent"') ? await person.browser.submit(page, `${new URL(page.url).pathname}/consent`) : page;
    const tokens = await party.finish(signIn, consented.headers.get("location") ?? "");
    return { kind: "tokens", claims: { ...tokens.claims() } };
  };
  const page = await person.browser.open(signIn.url);
  const landed = page.text.includes("/passkey/options") ? await signInWithPasskey(world, person, page) : page;
  return stand(world, person, landed, finish);
}

/** A request that may be refused before anybody sees a page. */
async function refusable(work: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await work();
  } catch (error) {
    if ((error as { error?: string }).error === undefined) throw error;
    return { kind: "error", error: errorOf(error) };
  }
}

async function parametersOf(party: TestRelyingParty, parameters: Parameters): Promise<{ request: Record<string, string>; signIn: Omit<SignIn, "url"> }> {
  const [verifier, state, nonce] = [client.randomPKCECodeVerifier(), client.randomState(), client.randomNonce()];
  const code_challenge = await client.calculatePKCECodeChallenge(verifier);
  return { request: { redirect_uri: party.redirectUri, scope: "openid", state, nonce, code_challenge, code_challenge_method: "S256", ...parameters }, signIn: { verifier, state, nonce } };
}

export const entryPoints: Readonly<Record<string, EntryPoint>> = {
  query: async (world, party, person, parameters) => {
    const { request, signIn } = await parametersOf(party, parameters);
    return throughBrowser(world, party, person, { ...signIn, url: client.buildAuthorizationUrl(party.config, request).href });
  },
  "a pushed request": async (world, party, person, parameters) =>
    refusable(async () => {
      const { request, signIn } = await parametersOf(party, parameters);
      return throughBrowser(world, party, person, { ...signIn, url: (await client.buildAuthorizationUrlWithPAR(party.config, request)).href });
    }),
  "a signed request": async (world, party, person, parameters) => {
    const { request, signIn } = await parametersOf(party, parameters);
    // By hand: the library would mend what is asked for.
    const signed = await new SignJWT({ ...request, response_type: "code", client_id: party.clientId })
      .setProtectedHeader({ alg: "ES256", kid: "1", typ: "oauth-authz-req+jwt" })
      .setIssuer(party.clientId).setAudience(world.issuer).setIssuedAt().setNotBefore("0s").setExpirationTime("5m").setJti(client.randomState())
      .sign(party.privateKey);
    const query = new URLSearchParams({ client_id: party.clientId, request: signed });
    return throughBrowser(world, party, person, { ...signIn, url: `${world.issuer}/authorize?${query.toString()}` });
  },
  "a device": async (world, party, person, parameters) =>
    refusable(async () => {
      const device = await startDevice(party, parameters);
      return stand(world, person, await signInDevice(world, person, device.userCode), async () => outcomeOf(await device.poll()));
    }),
  "an approval": async (world, party, person, { login_hint = "", ...parameters }) =>
    refusable(async () => {
      const request = await askApproval(party, { login_hint, ...parameters });
      const [address = ""] = requestsOn(await openApprovals(world, person));
      const finish = async (page: Answer): Promise<Outcome> => {
        if (page.text.includes("data-approve")) return stand(world, person, await approve(world, person, page), async () => outcomeOf(await request.poll()));
        return outcomeOf(await request.poll());
      };
      return stand(world, person, await person.browser.open(new URL(address, world.issuer).href), finish);
    }),
};
