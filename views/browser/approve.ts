/** Approves one request by a passkey used for it. By the button alone: nothing here happens by itself. */
import { browserSupportsWebAuthn, startAuthentication, type PublicKeyCredentialRequestOptionsJSON } from "@simplewebauthn/browser";
import type { Messages } from "../messages/index.ts";
import { postJson } from "./http.ts";
import { dataOf, find, say, sentences, warn, whileBusy } from "./page.ts";
import { sentenceOf } from "./sentence-of.ts";

interface Challenge {
  readonly options: PublicKeyCredentialRequestOptionsJSON;
  readonly challenge_id: string;
}

const own = sentences<Messages["signIn"]["script"]>();

async function approve(): Promise<void> {
  try {
    const { options, challenge_id } = await postJson<Challenge>(dataOf("optionsUrl"), {});
    say(own.waiting);
    const credential = await startAuthentication({ optionsJSON: options });
    say(own.checking);
    const { location } = await postJson<{ location: string }>(dataOf("verifyUrl"), { challenge_id, credential });
    window.location.assign(location);
  } catch (error) {
    warn(sentenceOf(error, own));
  }
}

const button = find<HTMLButtonElement>("[data-approve]");
if (browserSupportsWebAuthn()) {
  button.addEventListener("click", () => void whileBusy(button, approve));
} else {
  button.hidden = true;
  warn(own.unsupported);
}
