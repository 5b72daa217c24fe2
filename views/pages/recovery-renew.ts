import type { PageContext } from "../context.ts";
import { html, type Html } from "../html.ts";
import { layout } from "../layout.ts";
import { messagesIn, type Locale } from "../messages/index.ts";
import { notice } from "../parts.ts";
import { deviceForm } from "./enrol-start.ts";
import { effects } from "./recovery-start.ts";

export interface RecoveryRenewContext extends PageContext {
  /** Who is here: nobody, somebody signed in, or somebody who presented the earlier certificate just now. */
  readonly standing: "nobody" | "signed_in" | "presented";
  /** POST with `device=same|other`: the new certificate. */
  readonly startUrl: string;
  /** POST with `device=same|other`: the earlier certificate. */
  readonly presentUrl: string;
  readonly accountUrl: string;
  readonly waysUrl: string;
  readonly likelyPhone: boolean;
}

export function recoveryRenewPage(context: RecoveryRenewContext, locale: Locale): Html {
  const { recovery } = messagesIn(locale);
  const { title, lead } = recovery.start.renew;
  return layout(context, locale, { title }, html`<h1>${title}</h1>
<p class="lead">${lead}</p>
${effects("renew", locale)}
<section aria-labelledby="together"><h2 id="together">${recovery.together.title}</h2>${together(context, locale)}</section>
${context.standing !== "presented" && html`<section aria-labelledby="once"><h2 id="once">${recovery.once.title}</h2><p>${recovery.once.lead}</p>${deviceForm({ ...context, purpose: "renew" }, locale)}</section>`}
<p><a class="target" href="${context.waysUrl}">${recovery.otherWays}</a></p>`);
}

function together(context: RecoveryRenewContext, locale: Locale): Html {
  const { recovery } = messagesIn(locale);
  switch (context.standing) {
    case "nobody":
      return html`<p>${recovery.together.signIn}</p><p><a class="button secondary" href="${context.accountUrl}">${recovery.account}</a></p>`;
    case "signed_in":
      return html`<h3>${recovery.together.first}</h3><p>${recovery.together.firstLead}</p>${deviceForm({ ...context, startUrl: context.presentUrl, purpose: "step-up" }, locale)}`;
    case "presented":
      return html`<h3>${recovery.together.first}</h3>${notice("success", recovery.together.presented)}<h3>${recovery.together.second}</h3>${deviceForm({ ...context, purpose: "renew" }, locale)}`;
  }
}
