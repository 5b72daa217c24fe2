import type { PageContext } from "../context.ts";
import { html, type Html } from "../html.ts";
import { icons } from "../icons.ts";
import { messagesIn, type Locale, type Messages } from "../messages/index.ts";
import { notice } from "../parts.ts";
import { deviceForm } from "./enrol-start.ts";

export type VerifiedClaim = keyof Messages["verifiedClaims"]["names"];

/** A claim that the signature certificate states, as the person sees it. */
export interface VerifiedValue {
  readonly name: VerifiedClaim;
  /** Absent when nothing is known. */
  readonly value?: string;
  /** In place of a value: it has a word in each language. */
  readonly gender?: keyof Messages["verifiedClaims"]["genders"];
  /** Some characters stand in for others that computers could not write. */
  readonly substituted?: boolean;
}

export interface VerifiedChoice extends VerifiedValue {
  /** The service cannot do without it. */
  readonly essential: boolean;
  /** Whether the person has let this service have it. */
  readonly chosen: boolean;
}

/** What a service asks for of what the signature certificate states. */
export interface VerifiedChoices {
  readonly choices: readonly VerifiedChoice[];
  /** Present while there is nothing to give: where the certificate can be presented. POST with `device=same|other`. */
  readonly present?: { readonly startUrl: string; readonly likelyPhone: boolean };
}

/** Inside the form that allows: field `verified_claim`, once for each that the person chose. */
export function verifiedChoices({ choices }: VerifiedChoices, locale: Locale): Html {
  const { verifiedClaims } = messagesIn(locale);
  return html`<fieldset class="panel"><legend>${verifiedClaims.title}</legend>
<p>${verifiedClaims.lead}</p>
<ul class="claims">${choices.map((choice) => html`<li>${choiceLine(choice, locale)}${verifiedValue(choice, locale)}</li>`)}</ul>
</fieldset>`;
}

function choiceLine({ name, essential, chosen }: VerifiedChoice, locale: Locale): Html {
  const { verifiedClaims } = messagesIn(locale);
  const label = verifiedClaims.names[name];
  if (essential) return html`<p class="claim">${icons.check}<span>${label} <span class="tag">${verifiedClaims.essential}</span></span></p>`;
  const field = `verified-claim-${name}`;
  return html`<p class="claim"><input id="${field}" type="checkbox" name="verified_claim" value="${name}"${chosen && html` checked`}><label for="${field}">${label} <span class="tag">${verifiedClaims.voluntary}</span></label></p>`;
}

/** The value, for whoever asks to see it: somebody may be looking over a shoulder. */
export function verifiedValue({ name, value, gender, substituted }: VerifiedValue, locale: Locale): Html | undefined {
  const { verifiedClaims } = messagesIn(locale);
  const shown = gender === undefined ? value : verifiedClaims.genders[gender];
  if (shown === undefined) return undefined;
  return html`<details class="details"><summary>${verifiedClaims.show}<span class="unseen"> (${verifiedClaims.names[name]})</span></summary>
<p>${shown}</p>${substituted === true && html`<p class="hint">${verifiedClaims.substituted}</p>`}</details>`;
}

/** The way to present the signature certificate, before anything is allowed. */
export function presentCertificate(context: PageContext, present: NonNullable<VerifiedChoices["present"]>, locale: Locale): Html {
  const { verifiedClaims } = messagesIn(locale);
  return html`<section aria-labelledby="present"><h2 id="present">${verifiedClaims.presentTitle}</h2>
${notice("information", verifiedClaims.presentLead)}
${deviceForm({ ...context, ...present, purpose: "attributes" }, locale)}</section>`;
}
