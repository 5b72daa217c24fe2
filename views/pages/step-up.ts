import type { PageContext, RelyingParty } from "../context.ts";
import { html, type Html } from "../html.ts";
import { layout } from "../layout.ts";
import { messagesIn, type Locale } from "../messages/index.ts";
import { partyBadge, quietForm } from "../parts.ts";
import { deviceForm } from "./enrol-start.ts";

export interface StepUpContext extends PageContext {
  readonly party: RelyingParty;
  /** What the session lacks: authenticator level, identity level, or a fresh certificate status. */
  readonly why: "authenticator" | "identity" | "status";
  /** POST with `device=same|other`: opens the transaction of purpose `step-up`. */
  readonly startUrl: string;
  /** POST: ends the interaction. */
  readonly cancelUrl: string;
  readonly likelyPhone: boolean;
  /** A signature across devices never gives more than AAL 2: then only this phone can help. */
  readonly sameDeviceOnly: boolean;
}

export function stepUpPage(context: StepUpContext, locale: Locale): Html {
  const { stepUp, enrolStart } = messagesIn(locale);
  return layout(context, locale, { title: stepUp.title }, html`<h1>${stepUp.title}</h1>
${partyBadge(context.party, locale)}
<p class="lead">${stepUp.lead(context.party.name)}</p>
<section aria-labelledby="why"><h2 id="why">${stepUp.whyTitle}</h2><p>${stepUp.why[context.why]}</p></section>
<section aria-labelledby="what"><h2 id="what">${stepUp.whatTitle}</h2><p>${stepUp.what}</p></section>
${context.sameDeviceOnly ? html`<p>${stepUp.sameOnly}</p>` : html`<h2>${enrolStart.chooseTitle}</h2>`}
${deviceForm({ ...context, purpose: "step-up" }, locale)}
${quietForm(context, context.cancelUrl, stepUp.cancel)}`);
}
