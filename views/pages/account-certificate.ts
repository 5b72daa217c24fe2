import type { Medium } from "../context.ts";
import { day, minute } from "../dates.ts";
import { html, type Html } from "../html.ts";
import { icons } from "../icons.ts";
import { messagesIn, type Locale, type Messages } from "../messages/index.ts";
import { fact, notice } from "../parts.ts";

export interface AccountCertificate {
  readonly medium: Medium;
  readonly status: keyof Messages["account"]["statusText"];
  /** Seconds since the epoch. */
  readonly validUntil: number;
  /** When its status was last asked for, in seconds since the epoch. */
  readonly checkedAt?: number;
  /** GET, where it expires soon: carries the ID over to the next one. */
  readonly renewUrl?: string;
  /** How it came to the person of an earlier one, and the way to say that it is not theirs (GET). */
  readonly link?: { readonly by: keyof Messages["account"]["linkedByText"]; readonly unlinkUrl: string };
}

export function certificateEntry(certificate: AccountCertificate, addEvidenceUrl: string, locale: Locale): Html {
  const { account } = messagesIn(locale);
  const { link, renewUrl } = certificate;
  const isGood = certificate.status === "good";
  return html`<div class="entry-head">${certificate.medium === "card" ? icons.card : icons.phone}<h3>${account.medium[certificate.medium]}</h3></div>
${renewUrl !== undefined && notice("warning", html`${account.expiresSoon} <a class="target" href="${renewUrl}">${account.renew}</a>`)}
${certificate.status === "revoked" && notice("warning", html`${account.revokedHint} <a class="target" href="${addEvidenceUrl}">${account.addEvidence}</a>`)}
<dl class="facts">
${fact(account.status, html`<span class="${isGood ? "state good" : "state bad"}">${isGood ? icons.check : icons.warning}${account.statusText[certificate.status]}</span>`)}
${fact(account.validUntil, day(certificate.validUntil, locale))}
${certificate.checkedAt !== undefined && fact(account.checked, minute(certificate.checkedAt, locale))}
${link !== undefined && fact(account.linkedBy, account.linkedByText[link.by])}
</dl>
${link !== undefined && html`<div class="entry-actions"><a class="target danger" href="${link.unlinkUrl}">${account.unlink}</a></div>`}`;
}
