/** Makes the passkey in the phone's browser when the app cannot; the app then confirms it by number. */
import { browserSupportsWebAuthn, startRegistration, type PublicKeyCredentialCreationOptionsJSON } from "@simplewebauthn/browser";
import type { Messages } from "../messages/index.ts";
import { postJson, ServerRefusal } from "./http.ts";
import { dataOf, find, say, sentences, showStage, takeFragment, warn, whileBusy } from "./page.ts";
import { sentenceOf } from "./sentence-of.ts";

const own = sentences<Messages["enrolContinue"]["script"]>();
const fragment = takeFragment();
const txn = fragment.get("txn");
const token = fragment.get("token");

/** The link opens the ceremony once; a ceremony that the person broke off is taken up with its options. */
let options: PublicKeyCredentialCreationOptionsJSON | undefined;

async function makePasskey(): Promise<void> {
  try {
    options ??= (await postJson<{ options: PublicKeyCredentialCreationOptionsJSON }>(dataOf("optionsUrl"), { txn, token })).options;
    say(own.waiting);
    const credential = await startRegistration({ optionsJSON: options });
    say(own.saving);
    const { number } = await postJson<{ number: string }>(dataOf("passkeyUrl"), { txn, token, credential });
    find("[data-number]").textContent = number;
    showStage("made");
    say(own.made);
  } catch (error) {
    if (error instanceof ServerRefusal) showStage("failed");
    warn(sentenceOf(error, own));
  }
}

function refuse(sentence: string): void {
  showStage("failed");
  warn(sentence);
}

if (!browserSupportsWebAuthn()) refuse(own.unsupported);
else if (txn === null || token === null) refuse(own.incomplete);
else {
  const button = find("[data-make]");
  button.addEventListener("click", () => void whileBusy(button, makePasskey));
}
