import type { PageContext, RelyingParty } from "../context.ts";
import { html, type Html } from "../html.ts";
import { layout } from "../layout.ts";
import { messagesIn, type Locale } from "../messages/index.ts";
import { notice, partyBadge } from "../parts.ts";

export interface DeviceDoneContext extends PageContext {
  readonly party: RelyingParty;
  /** GET. */
  readonly accountUrl: string;
}

export function deviceDonePage(context: DeviceDoneContext, locale: Locale): Html {
  const { deviceDone } = messagesIn(locale);
  return layout(context, locale, { title: deviceDone.title }, html`<h1>${deviceDone.title}</h1>
${partyBadge(context.party, locale)}
${notice("success", deviceDone.lead)}
<p class="hint">${deviceDone.undo}</p>
<p><a class="button secondary" href="${context.accountUrl}">${deviceDone.account}</a></p>`);
}
