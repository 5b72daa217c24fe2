/** Sign-in with a passkey: from the browser's autofill as soon as the page is there, or by the button. */
import {
  browserSupportsWebAuthn,
  browserSupportsWebAuthnAutofill,
  startAuthentication,
  type AuthenticationResponseJSON,
  type PublicKeyCredentialRequestOptionsJSON,
} from "@simplewebauthn/browser";
import type { Messages } from "../messages/index.ts";
import { postJson, ServerRefusal } from "./http.ts";
import { dataOf, find, say, sentences, warn, whileBusy } from "./page.ts";
import { sentenceOf } from "./sentence-of.ts";
import { forgetPasskey } from "./signals.ts";

interface Challenge {
  readonly options: PublicKeyCredentialRequestOptionsJSON;
  readonly challenge_id: string;
}

/** An autofill offer outlives its challenge on the server unless it is made anew. */
const offerLife = 4 * 60 * 1000;

/** Where a passkey is picked without the person, offering it for ever would flood the server. */
const mostRefusedPicks = 5;
let refusedPicks = 0;

const own = sentences<Messages["signIn"]["script"]>();

/** What the page brought along, for whichever ceremony comes first. */
let brought = find("main").dataset["offered"];
const broughtAt = Date.now();

async function askForChallenge(): Promise<Challenge> {
  const challenge = brought;
  brought = undefined;
  if (challenge !== undefined && Date.now() - broughtAt < offerLife) return JSON.parse(challenge) as Challenge;
  return postJson<Challenge>(dataOf("optionsUrl"), {});
}

async function verify(challenge: Challenge, credential: AuthenticationResponseJSON): Promise<void> {
  say(own.checking);
  try {
    const { location } = await postJson<{ location: string }>(dataOf("verifyUrl"), { challenge_id: challenge.challenge_id, credential });
    window.location.assign(location);
  } catch (error) {
    if (error instanceof ServerRefusal && error.code === "passkey_unknown") {
      await forgetPasskey(challenge.options.rpId ?? window.location.hostname, credential.id);
    }
    throw error;
  }
}

/** Says why, and shows the way on where the ID is suspended. */
function refuse(error: unknown): void {
  warn(sentenceOf(error, own));
  find("[data-suspended]").hidden = !(error instanceof ServerRefusal && error.code === "person_on_hold");
}

/** The button's ceremony goes first: a new offer of autofill would break it off. */
let byButton = false;

async function signInByButton(): Promise<void> {
  byButton = true;
  try {
    const challenge = await askForChallenge();
    say(own.waiting);
    await verify(challenge, await startAuthentication({ optionsJSON: challenge.options }));
  } catch (error) {
    byButton = false;
    refuse(error);
    void offerAutofill();
  }
}

/** Offers passkeys in the field. Silent until the person picks one. */
async function offerAutofill(): Promise<void> {
  if (!(await browserSupportsWebAuthnAutofill())) return;
  find("[data-autofill]").hidden = false;
  let picked = false;
  try {
    const challenge = await askForChallenge();
    if (byButton) return;
    const renewal = window.setTimeout(() => void offerAutofill(), offerLife);
    const credential = await startAuthentication({ optionsJSON: challenge.options, useBrowserAutofill: true }).finally(() => window.clearTimeout(renewal));
    picked = true;
    await verify(challenge, credential);
  } catch (error) {
    // The button, or the next offer, took the place of this one; or the person closed the list.
    if (!picked || byButton) return;
    refuse(error);
    refusedPicks += 1;
    if (refusedPicks < mostRefusedPicks) void offerAutofill();
  }
}

const button = find<HTMLButtonElement>("[data-sign-in]");
if (browserSupportsWebAuthn()) {
  button.addEventListener("click", () => void whileBusy(button, signInByButton));
  void offerAutofill();
} else {
  button.hidden = true;
  warn(own.unsupported);
}
