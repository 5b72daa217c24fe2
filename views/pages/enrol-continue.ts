import type { PageContext } from "../context.ts";
import { html, type Html } from "../html.ts";
import { icons } from "../icons.ts";
import { layout } from "../layout.ts";
import { messagesIn, type Locale } from "../messages/index.ts";
import { notice, statusRegion } from "../parts.ts";

export interface EnrolContinueContext extends PageContext {
  /** POST, JSON `{ txn, token }`, both from the fragment: answers `{ options }`. */
  readonly optionsUrl: string;
  /** POST, JSON `{ txn, token, credential }`: answers `{ number }`, six digits. */
  readonly passkeyUrl: string;
}

export function enrolContinuePage(context: EnrolContinueContext, locale: Locale): Html {
  const { enrolContinue } = messagesIn(locale);
  const page = {
    title: enrolContinue.title,
    script: "enrol-continue",
    data: {
      "data-options-url": context.optionsUrl,
      "data-passkey-url": context.passkeyUrl,
      "data-messages": JSON.stringify(enrolContinue.script),
    },
  } as const;
  return layout(context, locale, page, html`<h1 data-heading>${enrolContinue.title}</h1>
<section class="stage" data-when="ready">
<p class="lead">${enrolContinue.lead}</p>
${notice("warning", enrolContinue.warning)}
<button class="button primary large" type="button" data-make>${icons.passkey}<span>${enrolContinue.button}</span></button>
</section>
${statusRegion()}
<section class="stage" data-when="made" data-title="${enrolContinue.numberTitle}" hidden>
<p>${enrolContinue.numberHint}</p>
<p class="number six" data-number></p>
${notice("warning", enrolContinue.numberWarning)}
</section>
<section class="stage" data-when="failed" data-title="${enrolContinue.failedTitle}" hidden><p>${enrolContinue.failedHint}</p></section>`);
}
