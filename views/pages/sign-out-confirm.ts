import type { PageContext, RelyingParty } from "../context.ts";
import { html, type Html } from "../html.ts";
import { layout } from "../layout.ts";
import { messagesIn, type Locale } from "../messages/index.ts";
import { partyBadge } from "../parts.ts";

export interface SignOutConfirmContext extends PageContext {
  readonly party?: RelyingParty;
  /** POST: the provider's end of session; `logout=yes` ends it. */
  readonly actionUrl: string;
  /** The provider's own anti-forgery value, field `xsrf`. */
  readonly xsrf: string;
  /** What sign-out was asked for, to be asked for again if the session has changed meanwhile, field `request`. */
  readonly request: string;
}

export function signOutConfirmPage(context: SignOutConfirmContext, locale: Locale): Html {
  const { signOutConfirm } = messagesIn(locale);
  const { party } = context;
  return layout(context, locale, { title: signOutConfirm.title }, html`<h1>${signOutConfirm.title}</h1>
${party !== undefined && partyBadge(party, locale)}
<p class="lead">${party === undefined ? signOutConfirm.lead : signOutConfirm.leadFrom(party.name)}</p>
<form class="decision" method="post" action="${context.actionUrl}">
<input type="hidden" name="csrf" value="${context.csrf}">
<input type="hidden" name="xsrf" value="${context.xsrf}">
<input type="hidden" name="request" value="${context.request}">
<button class="button primary" type="submit" name="logout" value="yes">${signOutConfirm.yes}</button>
<button class="button secondary" type="submit">${signOutConfirm.no}</button>
</form>`);
}
