import type { ErrorCode } from "../../src/errors.ts";
import type { PageContext, RelyingParty } from "../context.ts";
import { html, type Html } from "../html.ts";
import { layout } from "../layout.ts";
import { errorSentence, messagesIn, type Locale, type Messages } from "../messages/index.ts";
import { endSuspension, notice, partyBadge, postForm } from "../parts.ts";

export interface RefusedContext extends PageContext {
  readonly party: RelyingParty;
  readonly code: ErrorCode;
  /** POST: back to the service, with an error it understands. */
  readonly returnUrl: string;
  /** GET: another way that may still help, such as a new enrolment. */
  readonly enrolUrl?: string;
}

const adviceOf: Partial<Record<ErrorCode, keyof Messages["refused"]["advice"]>> = {
  certificate_revoked: "revoked",
  certificate_on_hold: "hold",
  certificate_expired: "expired",
  status_unavailable: "outage",
  unmet_authentication_requirements: "level",
};

export function refusedPage(context: RefusedContext, locale: Locale): Html {
  const { refused, signIn } = messagesIn(locale);
  const advice = refused.advice[adviceOf[context.code] ?? "other"];
  return layout(context, locale, { title: refused.title }, html`<h1>${refused.title}</h1>
${partyBadge(context.party, locale)}
${notice("refusal", errorSentence(context.code, locale))}
<section aria-labelledby="now"><h2 id="now">${refused.whatNow}</h2><p>${advice}</p></section>
${context.code === "person_on_hold" && html`<p>${endSuspension(locale)}</p>`}
${postForm(context, context.returnUrl, html`<button class="button primary" type="submit">${refused.backTo(context.party.name)}</button>`)}
${context.enrolUrl !== undefined && html`<p><a class="button secondary" href="${context.enrolUrl}">${signIn.firstLink}</a></p>`}`);
}
