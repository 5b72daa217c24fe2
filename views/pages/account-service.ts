import type { PageContext, RelyingParty } from "../context.ts";
import { day } from "../dates.ts";
import { html, type Html } from "../html.ts";
import { icons } from "../icons.ts";
import { messagesIn, type Locale } from "../messages/index.ts";
import { fact, postForm, quietForm } from "../parts.ts";
import { resourcesInWords, sharedInWords, type Shared } from "../shared-items.ts";
import type { VerifiedClaim } from "./consent-verified.ts";

export interface AccountService {
  readonly party: RelyingParty;
  /** Seconds since the epoch. */
  readonly since: number;
  readonly shared: Shared;
  /** Verified claims that the service gets. POST: it gets that one no more. */
  readonly verified: readonly { readonly name: VerifiedClaim; readonly withholdUrl: string }[];
  /** POST. */
  readonly disconnectUrl: string;
}

export function serviceEntry(service: AccountService, context: PageContext, locale: Locale): Html {
  const { account, consent, verifiedClaims } = messagesIn(locale);
  const { party } = service;
  const resources = resourcesInWords(service.shared, locale);
  return html`<div class="entry-head">${icons.link}<h3>${party.name}</h3></div>
<p class="hint">${party.host}</p>
<dl class="facts">
${fact(account.since, day(service.since, locale))}
${fact(account.sharedWith, html`<ul class="plain">${sharedInWords(service.shared, locale).map(({ text }) => html`<li>${text}</li>`)}</ul>`)}
${resources.length > 0 && fact(consent.resources, html`<ul class="plain">${resources.map((text) => html`<li>${text}</li>`)}</ul>`)}
</dl>
<div class="entry-actions">
${service.verified.map(({ name, withholdUrl }) => quietForm(context, withholdUrl, account.withhold(verifiedClaims.names[name])))}
<details class="details"><summary class="danger">${account.disconnect}<span class="unseen"> (${party.name})</span></summary>
<p>${account.disconnectConfirm(party.name)}</p>
${postForm(context, service.disconnectUrl, html`<button class="button danger" type="submit">${account.disconnectYes}</button>`)}
</details>
</div>`;
}
