import type { Medium } from "../context.ts";
import { day, minute } from "../dates.ts";
import { html, type Html } from "../html.ts";
import { icons } from "../icons.ts";
import { messagesIn, type Locale, type Messages } from "../messages/index.ts";
import { fact } from "../parts.ts";

export interface AccountCertificate {
  readonly medium: Medium;
  readonly status: keyof Messages["account"]["statusText"];
  /** Seconds since the epoch. */
  readonly validUntil: number;
  /** When its status was last asked for, in seconds since the epoch. */
  readonly checkedAt?: number;
}

export function certificateEntry(certificate: AccountCertificate, locale: Locale): Html {
  const { account } = messagesIn(locale);
  const isGood = certificate.status === "good";
  return html`<div class="entry-head">${certificate.medium === "card" ? icons.card : icons.phone}<h3>${account.medium[certificate.medium]}</h3></div>
<dl class="facts">
${fact(account.status, html`<span class="${isGood ? "state good" : "state bad"}">${isGood ? icons.check : icons.warning}${account.statusText[certificate.status]}</span>`)}
${fact(account.validUntil, day(certificate.validUntil, locale))}
${certificate.checkedAt !== undefined && fact(account.checked, minute(certificate.checkedAt, locale))}
</dl>`;
}
