import type { PageContext, RelyingParty } from "../context.ts";
import { day, minute } from "../dates.ts";
import { html, type Html } from "../html.ts";
import { icons } from "../icons.ts";
import { layout } from "../layout.ts";
import { messagesIn, type Locale, type Messages } from "../messages/index.ts";
import { fact, notice, quietForm } from "../parts.ts";
import { resourcesInWords, sharedInWords, type Shared } from "../shared-items.ts";
import { accountNavigation } from "./account-frame.ts";
import type { VerifiedClaim } from "./consent-verified.ts";

/** A service as the account page lists it. */
export interface AccountService {
  readonly party: RelyingParty;
  /** Seconds since the epoch. */
  readonly since: number;
  /** GET. */
  readonly url: string;
}

export function serviceEntry({ party, since, url }: AccountService, locale: Locale): Html {
  const { account } = messagesIn(locale);
  return html`<div class="entry-head">${icons.link}<h3>${party.name}</h3></div>
<p class="hint">${party.host}</p>
<dl class="facts">${fact(account.since, day(since, locale))}</dl>
<div class="entry-actions"><a class="target" href="${url}">${account.serviceDetails}<span class="unseen"> (${party.name})</span></a></div>`;
}

export interface AccountServiceContext extends PageContext {
  readonly party: RelyingParty;
  readonly since: number;
  readonly shared: Shared;
  /** Verified claims that the service gets. POST: it gets that one no more. */
  readonly verified: readonly { readonly name: VerifiedClaim; readonly withholdUrl: string }[];
  /** What it was told lately, the latest first: when (seconds since the epoch), and which levels. */
  readonly told: readonly { readonly at: number; readonly levels: string }[];
  /** GET. Absent where the service was never told of the person. */
  readonly renewPseudonymUrl?: string;
  /** GET. */
  readonly disconnectUrl: string;
  /** What was just done. */
  readonly notice?: keyof Messages["account"]["notices"];
}

export function accountServicePage(context: AccountServiceContext, locale: Locale): Html {
  const { account, consent, verifiedClaims } = messagesIn(locale);
  const { party, shared } = context;
  const resources = resourcesInWords(shared, locale);
  return layout(context, locale, { title: party.name, wide: true }, html`<h1>${party.name}</h1>
${accountNavigation("overview", locale)}
${context.notice !== undefined && html`<div role="status">${notice("success", account.notices[context.notice])}</div>`}
<dl class="facts">
${fact(account.host, party.host)}
${fact(account.since, day(context.since, locale))}
</dl>
<section aria-labelledby="shared">
<h2 id="shared">${account.sharedWith}</h2>
<ul class="plain">${sharedInWords(shared, locale).map(({ text }) => html`<li>${text}</li>`)}</ul>
<dl class="facts">
${resources.length > 0 && fact(consent.resources, html`<ul class="plain">${resources.map((text) => html`<li>${text}</li>`)}</ul>`)}
</dl>
${context.verified.map(({ name, withholdUrl }) => quietForm(context, withholdUrl, account.withhold(verifiedClaims.names[name])))}
</section>
<section aria-labelledby="told">
<h2 id="told">${account.lastSignIns}</h2><p>${account.lastSignInsLead}</p>
${context.told.length === 0 ? html`<p class="empty">${account.noSignIns}</p>` : html`<ol class="activities">${context.told.map(({ at, levels }) => html`<li>${icons.check}<div class="activity"><p class="activity-what">${minute(at, locale)}</p><p class="hint">${account.toldLevels(levels)}</p></div></li>`)}</ol>`}
</section>
${context.renewPseudonymUrl !== undefined && html`<section aria-labelledby="pseudonym">
<h2 id="pseudonym">${account.pseudonym}</h2><p>${account.pseudonymLead}</p>
<p><a class="button secondary" href="${context.renewPseudonymUrl}">${account.renewPseudonym}</a></p>
</section>`}
<section aria-labelledby="disconnect">
<h2 id="disconnect">${account.disconnect}</h2><p>${account.disconnectConfirm(party.name)}</p>
<p><a class="button danger" href="${context.disconnectUrl}">${account.disconnect}</a></p>
</section>
<p><a class="button quiet" href="/account">${account.back}</a></p>`);
}
