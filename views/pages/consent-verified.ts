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

/** The choices: fields `verified_claim` of the form `formId`, once for each that the person chose. */
export function verifiedSection(context: PageContext, { choices, present }: VerifiedChoices, formId: string, locale: Locale): Html {
  const { verifiedClaims } = messagesIn(locale);
  return html`<section class="panel" aria-labelledby="verified"><h2 id="verified">${verifiedClaims.title}</h2>
${present === undefined ? html`<p>${verifiedClaims.lead}</p>
<ul class="claims">${choices.map((choice) => html`<li>${choiceLine(choice, formId, locale)}${verifiedValue(choice, locale)}</li>`)}</ul>` : presentCertificate(context, choices, present, locale)}
</section>`;
}

/** Nothing can be given yet: the way to present the signature certificate, before anything is allowed. */
function presentCertificate(context: PageContext, choices: VerifiedChoices["choices"], present: NonNullable<VerifiedChoices["present"]>, locale: Locale): Html {
  const { verifiedClaims } = messagesIn(locale);
  return html`<p>${verifiedClaims.asked}</p>
<ul class="plain">${choices.map(({ name }) => html`<li>${verifiedClaims.names[name]} <span class="tag">${verifiedClaims.notYet}</span></li>`)}</ul>
${notice("warning", verifiedClaims.presentLead)}
${deviceForm({ ...context, ...present, purpose: "attributes" }, locale)}`;
}

function choiceLine({ name, essential, chosen }: VerifiedChoice, formId: string, locale: Locale): Html {
  const { verifiedClaims } = messagesIn(locale);
  const label = verifiedClaims.names[name];
  if (essential) return html`<p class="claim"><span class="claim-mark">${icons.check}</span><span>${label} <span class="tag">${verifiedClaims.essential}</span></span></p>`;
  const field = `verified-claim-${name}`;
  return html`<p class="claim"><input id="${field}" form="${formId}" type="checkbox" name="verified_claim" value="${name}"${chosen && html` checked`}><label for="${field}">${label} <span class="tag">${verifiedClaims.voluntary}</span></label></p>`;
}

/** The value, for whoever asks to see it: somebody may be looking over a shoulder. */
export function verifiedValue({ name, value, gender, substituted }: VerifiedValue, locale: Locale): Html | undefined {
  const { verifiedClaims } = messagesIn(locale);
  const shown = gender === undefined ? value : verifiedClaims.genders[gender];
  if (shown === undefined) return undefined;
  return html`<details class="details"><summary>${verifiedClaims.show}<span class="unseen"> (${verifiedClaims.names[name]})</span></summary>
<p>${shown}</p>${substituted === true && html`<p class="hint">${verifiedClaims.substituted}</p>`}</details>`;
}
