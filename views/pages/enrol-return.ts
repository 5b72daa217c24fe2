import type { PageContext } from "../context.ts";
import { html, type Html } from "../html.ts";
import { layout } from "../layout.ts";
import { messagesIn, type Locale } from "../messages/index.ts";
import { statusRegion } from "../parts.ts";

export interface EnrolReturnContext extends PageContext {
  /** POST, JSON `{ txn, code }`, both from the fragment. */
  readonly returnUrl: string;
}

export function enrolReturnPage(context: EnrolReturnContext, locale: Locale): Html {
  const { enrolReturn } = messagesIn(locale);
  const page = {
    title: enrolReturn.title,
    script: "enrol-return",
    data: { "data-return-url": context.returnUrl, "data-messages": JSON.stringify(enrolReturn.script) },
  } as const;
  return layout(context, locale, page, html`<h1 data-heading>${enrolReturn.title}</h1>
<section class="stage" data-when="working"><p class="lead">${enrolReturn.lead}</p></section>
${statusRegion()}
<section class="stage" data-when="failed" data-title="${enrolReturn.failedTitle}" hidden><p>${enrolReturn.failedHint}</p></section>`);
}
