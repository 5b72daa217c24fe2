/** The sandbox's phone: plays the app, with the client SDK and a Secure Element in software. */
import { EnrolmentClient, type ClaimedEnrolment, type EnrolmentOutcome, type EnrolmentRequest, type ProvedEnrolment, type StatedEnrolment } from "@jpki-bridge/client-sdk";
import { startRegistration } from "@simplewebauthn/browser";
import type { Messages } from "../messages/index.ts";
import { dataOf, fill, find, joined, say, sentences, showStage, takeFragment } from "./page.ts";
import { ask, end, JourneyOver, keepForms, nextClick, nextSubmission, showEnd, untilDone } from "./phone/asking.ts";
import { openElement, type PhoneElement } from "./phone/element.ts";
import { failureOf } from "./phone/failure.ts";

const own = sentences<Messages["phone"]["script"]>();
const purposes = sentences<Messages["phone"]["purposes"]>("purposes");

/** From the link to the passkey, top to bottom. */
async function enrol(): Promise<void> {
  const { element, claimed } = await untilDone(own, connect);
  find("[data-cancel]").addEventListener("click", () => void cancel(claimed), { once: true });
  showRequest(claimed.request);
  const stated = await agree(claimed);
  const proved = await prove(stated, element);
  finish(proved.next === "passkey" ? await makePasskey(proved) : proved);
}

async function connect(): Promise<{ readonly element: PhoneElement; readonly claimed: ClaimedEnrolment }> {
  const fields = await nextSubmission("[data-link-form]");
  say(own.connecting);
  const issuers = JSON.parse(dataOf("issuers")) as string[];
  const link = String(fields.get("link")).trim();
  const enrolment = await EnrolmentClient.open({ link, issuers, language: document.documentElement.lang });
  const element = await openElement(dataOf("personasBase"), String(fields.get("persona")));
  // Who could not sign anyway leaves the transaction to another phone.
  if ((await element.applet.triesLeft("authentication")) === 0) end(own.pinBlocked);
  return { element, claimed: await enrolment.claim() };
}

/** The person sees who asks before anything is signed. */
function showRequest({ client_name, client_host, purpose, iss }: EnrolmentRequest): void {
  find("[data-client-name]").textContent = client_name;
  find("[data-client-host]").textContent = client_host;
  find("[data-purpose]").textContent = purposes[purpose];
  find("[data-issuer]").textContent = iss;
}

async function agree(claimed: ClaimedEnrolment): Promise<StatedEnrolment> {
  if (!claimed.numberRequired) return claimed.statement();
  ask("number");
  return untilDone(own, async () => {
    const fields = await nextSubmission("[data-number-form]");
    say(own.numbering);
    return claimed.statement({ number: String(fields.get("number")) });
  });
}

async function prove(stated: StatedEnrolment, { applet, keepCounters }: PhoneElement): Promise<ProvedEnrolment | EnrolmentOutcome> {
  const withAttributes = stated.request.purpose === "attributes" || stated.request.with_attributes === true;
  find("[data-signature-pin]").hidden = !withAttributes;
  find<HTMLInputElement>("#signature-pin").required = withAttributes;
  ask("pin");
  return untilDone(own, async () => {
    const left = await applet.triesLeft("authentication");
    const signature = withAttributes ? await applet.triesLeft("signature") : null;
    const last = left === 1 || signature === 1;
    const counted = signature === null ? fill(own.triesLeft, { left }) : fill(own.bothTriesLeft, { left, signature });
    find("[data-tries]").textContent = last ? joined(counted, own.lastTry) : counted;
    const fields = await nextSubmission("[data-pin-form]");
    say(own.signing);
    for (const field of ["#pin", "#signature-pin"]) find<HTMLInputElement>(field).value = "";
    find("[data-tries]").textContent = "";
    const options = { applet, pin: typed(fields, "pin"), spendLastTry: last };
    const proving = withAttributes ? stated.proveAttributes({ ...options, signaturePin: typed(fields, "signature-pin") }) : stated.prove(options);
    return proving.finally(keepCounters);
  });
}

/** A PIN as it was typed, also on a keyboard that gives full-width characters. */
const typed = (fields: FormData, name: string): string => String(fields.get(name)).normalize("NFKC");

async function makePasskey(proved: ProvedEnrolment): Promise<EnrolmentOutcome> {
  ask("passkey");
  return untilDone(own, async () => {
    const chosen = await nextClick("[data-make-passkey]", "[data-use-browser]");
    if (chosen === "[data-use-browser]") return confirmInBrowser(proved);
    say(own.waiting);
    return proved.createPasskey(async (options) => {
      const credential = await startRegistration({ optionsJSON: options });
      say(own.saving);
      return credential;
    });
  });
}

/** The fallback: the passkey is made on a page of the issuer, and counts once its number is confirmed here. */
async function confirmInBrowser(proved: ProvedEnrolment): Promise<EnrolmentOutcome> {
  const continued = await proved.continuation();
  const opener = find<HTMLAnchorElement>("[data-continuation]");
  opener.href = continued.continuation.url;
  opener.hidden = false;
  ask("confirm");
  return untilDone(own, async () => {
    const fields = await nextSubmission("[data-confirm-form]");
    say(own.saving);
    return continued.confirm(String(fields.get("confirm")));
  });
}

function finish(outcome: EnrolmentOutcome): void {
  if (outcome.next === "return") {
    say(own.returning);
    window.location.assign(outcome.return_url);
    return;
  }
  say("");
  showStage("done");
}

/** Cancelled here even when the bridge cannot be told: its transaction then expires by itself. */
async function cancel(claimed: ClaimedEnrolment): Promise<void> {
  await claimed.cancel().catch(() => undefined);
  showEnd(own.cancelled);
}

/** A link that was opened in this page stands in its fragment, whose secret leaves the address bar. */
function takeLink(): void {
  const fragment = takeFragment();
  if (!fragment.has("secret")) return;
  find<HTMLInputElement>("#link").value = `${window.location.href}#${fragment.toString()}`;
  say(own.ready);
}

function tellFailure(error: unknown): void {
  if (error instanceof JourneyOver) return;
  console.error(error);
  showEnd(failureOf(error, own).sentence);
}

keepForms();
takeLink();
window.addEventListener("hashchange", () => window.location.reload());
find("[data-again]").addEventListener("click", () => window.location.reload());
enrol().catch(tellFailure);
