import type { PageContext, RelyingParty } from "../context.ts";
import { html, webAddress, type Html } from "../html.ts";
import { layout } from "../layout.ts";
import { messagesIn, type Locale } from "../messages/index.ts";
import { notice } from "../parts.ts";

export interface SignedOutContext extends PageContext {
  /** The service to go back to and its registered address. */
  readonly back?: { readonly party: RelyingParty; readonly address: string };
  /** GET: the account page. */
  readonly accountUrl: string;
}

export function signedOutPage(context: SignedOutContext, locale: Locale): Html {
  const { signedOut } = messagesIn(locale);
  const address = webAddress(context.back?.address);
  return layout(context, locale, { title: signedOut.title }, html`<h1>${signedOut.title}</h1>
${notice("success", signedOut.lead)}
${context.back !== undefined && address !== undefined && html`<p><a class="button primary" href="${address}">${signedOut.backTo(context.back.party.name)}</a></p>`}
<p><a class="button secondary" href="${context.accountUrl}">${signedOut.again}</a></p>`);
}
