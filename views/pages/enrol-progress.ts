import type { PageContext, RelyingParty } from "../context.ts";
import { html, webAddress, type Html } from "../html.ts";
import { icons } from "../icons.ts";
import { layout } from "../layout.ts";
import { messagesIn, type Locale } from "../messages/index.ts";
import { notice, partyBadge, quietForm } from "../parts.ts";

export type EnrolmentState = "open" | "claimed" | "numbered" | "proved" | "passkey_pending" | "complete" | "failed" | "expired" | "cancelled";

interface Common extends PageContext {
  readonly party: RelyingParty;
  readonly state: EnrolmentState;
  /** GET, JSON: `{ state, number?, location?, error?, error_description? }`. */
  readonly statusUrl: string;
  /** POST. */
  readonly cancelUrl: string;
  /** GET: the start of the enrolment, for another try. */
  readonly restartUrl: string;
  /** GET: sign-in with the passkey just made. */
  readonly signInUrl: string;
  /** Whole minutes until the transaction ends, at least 1. */
  readonly minutesLeft: number;
  /** The https app link with the claim secret in its fragment. */
  readonly appLink: string;
}

export type EnrolProgressContext =
  | (Common & { readonly device: "same" })
  /** `qrCode`: SVG of the app link, drawn by `trusted()`; `number`: the two digits once a phone is connected. */
  | (Common & { readonly device: "other"; readonly qrCode: Html; readonly number?: string });

const ended: readonly EnrolmentState[] = ["failed", "expired", "cancelled"];

export function enrolProgressPage(context: EnrolProgressContext, locale: Locale): Html {
  const { enrolProgress } = messagesIn(locale);
  const title = titleNow(context, locale);
  const page = {
    title,
    script: "enrol-progress",
    data: {
      "data-status-url": context.statusUrl,
      "data-state": context.state,
      "data-messages": JSON.stringify(enrolProgress.script),
    },
  } as const;
  const state = (states: readonly EnrolmentState[], heading: string | undefined, body: Html): Html =>
    html`<section class="stage" data-when="${states.join(" ")}"${heading !== undefined && html` data-title="${heading}"`}${!states.includes(context.state) && html` hidden`}>${body}</section>`;
  return layout(context, locale, page, html`<h1 data-heading>${title}</h1>
${partyBadge(context.party, locale)}
<p class="status live" role="status" aria-live="polite" data-status>${enrolProgress.script[context.state]}</p>
<p class="alert" role="alert" data-alert></p>
${state(["open"], undefined, context.device === "same" ? appLinkPart(context, locale) : qrPart(context.qrCode, context, locale))}
${context.device === "other" && state(["claimed"], enrolProgress.numberTitle, numberPart(context.number, locale))}
${state(["complete"], enrolProgress.doneTitle, html`${notice("success", enrolProgress.doneText)}<a class="button primary large" href="${context.signInUrl}">${icons.passkey}<span>${enrolProgress.doneButton}</span></a>`)}
${state(ended, enrolProgress.failedTitle, html`<a class="button primary" href="${context.restartUrl}">${enrolProgress.restart}</a>`)}
${state(["open", "claimed", "numbered", "proved", "passkey_pending"], undefined, html`<p class="hint">${enrolProgress.expires(context.minutesLeft)}</p>${quietForm(context, context.cancelUrl, enrolProgress.cancel)}`)}`);
}

function titleNow(context: EnrolProgressContext, locale: Locale): string {
  const { enrolProgress } = messagesIn(locale);
  if (context.state === "complete") return enrolProgress.doneTitle;
  if (ended.includes(context.state)) return enrolProgress.failedTitle;
  if (context.state === "claimed" && context.device === "other") return enrolProgress.numberTitle;
  return enrolProgress.title[context.device];
}

function appLinkPart(context: Common, locale: Locale): Html {
  const { enrolProgress } = messagesIn(locale);
  return html`<p>${enrolProgress.openAppHint}</p>
<a class="button primary large" href="${webAddress(context.appLink)}" data-app-link>${icons.phone}<span>${enrolProgress.openApp}</span></a>`;
}

function qrPart(qrCode: Html, context: Common, locale: Locale): Html {
  const { enrolProgress } = messagesIn(locale);
  return html`<p>${enrolProgress.qrHint}</p>
<div class="qr" role="img" aria-label="${enrolProgress.qrLabel}">${qrCode}</div>
${notice("warning", enrolProgress.qrWarning)}
${context.sandbox && html`<p><a class="button secondary" href="${webAddress(context.appLink)}" target="_blank" rel="noopener" data-app-link>${icons.phone}<span>${enrolProgress.demoPhone}</span></a></p>`}`;
}

function numberPart(number: string | undefined, locale: Locale): Html {
  const { enrolProgress } = messagesIn(locale);
  return html`<p>${enrolProgress.numberHint}</p>
<p class="number" data-number>${number}</p>
${notice("warning", enrolProgress.numberWarning)}`;
}
