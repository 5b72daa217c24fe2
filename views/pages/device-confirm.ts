import type { PageContext, RelyingParty } from "../context.ts";
import { html, type Html } from "../html.ts";
import { layout } from "../layout.ts";
import { messagesIn, type Locale } from "../messages/index.ts";
import { notice, partyBadge } from "../parts.ts";

export interface DeviceConfirmContext extends PageContext {
  readonly party: RelyingParty;
  /** As the device shows it. */
  readonly userCode: string;
  /** POST: `confirm=yes` goes on, `abort=yes` ends it. */
  readonly actionUrl: string;
  /** The provider's own anti-forgery value, field `xsrf`. */
  readonly xsrf: string;
}

/** Which service a device will be signed in to, before anything else (RFC 8628 5.4). */
export function deviceConfirmPage(context: DeviceConfirmContext, locale: Locale): Html {
  const { deviceConfirm } = messagesIn(locale);
  const title = deviceConfirm.title(context.party.name);
  return layout(context, locale, { title }, html`<h1>${title}</h1>
${partyBadge(context.party, locale)}
<p>${deviceConfirm.compare}</p>
<p class="number code">${context.userCode}</p>
${notice("warning", html`<strong>${deviceConfirm.warningTitle}</strong> ${deviceConfirm.warning}`)}
<form class="decision" method="post" action="${context.actionUrl}">
<input type="hidden" name="csrf" value="${context.csrf}">
<input type="hidden" name="xsrf" value="${context.xsrf}">
<input type="hidden" name="user_code" value="${context.userCode}">
<button class="button primary" type="submit" name="confirm" value="yes">${deviceConfirm.yes}</button>
<button class="button secondary" type="submit" name="abort" value="yes">${deviceConfirm.no}</button>
</form>`);
}
