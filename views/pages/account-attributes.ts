import { day } from "../dates.ts";
import { html, type Html } from "../html.ts";
import { messagesIn, type Locale } from "../messages/index.ts";
import { fact } from "../parts.ts";
import { verifiedValue, type VerifiedValue } from "./consent-verified.ts";

/** What is kept of the signature certificate. */
export interface AccountAttributes {
  /** Empty when none was presented, or it no longer counts. */
  readonly values: readonly VerifiedValue[];
  /** Seconds since the epoch. */
  readonly verifiedAt?: number;
  readonly validUntil?: number;
  /** GET: presents the signature certificate. */
  readonly presentUrl: string;
  /** GET: nothing of it is kept any more. */
  readonly forgetUrl: string;
}

export function attributesSection(attributes: AccountAttributes, locale: Locale): Html {
  const { account, verifiedClaims } = messagesIn(locale);
  const { values, verifiedAt, validUntil } = attributes;
  return html`<section aria-labelledby="attributes">
<h2 id="attributes">${account.attributes}</h2><p>${account.attributesLead}</p>
${values.length === 0 ? html`<p class="empty">${account.noAttributes}</p>` : html`<div class="entry">
<dl class="facts">
${values.map((each) => fact(verifiedClaims.names[each.name], verifiedValue(each, locale)))}
${verifiedAt !== undefined && fact(account.attributesVerified, day(verifiedAt, locale))}
${validUntil !== undefined && fact(account.validUntil, day(validUntil, locale))}
</dl>
<div class="entry-actions"><a class="target danger" href="${attributes.forgetUrl}">${account.forgetAttributes}</a></div></div>`}
<p><a class="button secondary" href="${attributes.presentUrl}">${account.presentAttributes}</a></p>
</section>`;
}
