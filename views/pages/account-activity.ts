import type { PageContext } from "../context.ts";
import { minute } from "../dates.ts";
import { html, type Html } from "../html.ts";
import { icons } from "../icons.ts";
import { layout } from "../layout.ts";
import { messagesIn, type Locale, type Messages } from "../messages/index.ts";
import { accountNavigation } from "./account-frame.ts";

export interface AccountActivity {
  readonly kind: keyof Messages["accountActivity"]["kinds"];
  /** Seconds since the epoch. */
  readonly at: number;
  /** Name of the service, where there is one. */
  readonly service?: string;
  /** Name of the passkey that was used or changed. */
  readonly passkey?: string;
  readonly byOperator: boolean;
  /** GET: says that it was somebody else. Absent where nobody else could have done it. */
  readonly reportUrl?: string;
}

export interface AccountActivityContext extends PageContext {
  readonly activities: readonly AccountActivity[];
  /** GET; absent on the last page. */
  readonly olderUrl?: string;
  /** GET; absent on the first page. */
  readonly latestUrl?: string;
}

export function accountActivityPage(context: AccountActivityContext, locale: Locale): Html {
  const { accountActivity } = messagesIn(locale);
  const { activities, olderUrl, latestUrl } = context;
  return layout(context, locale, { title: accountActivity.title, wide: true }, html`<h1>${accountActivity.title}</h1>
${accountNavigation("activity", locale)}
<p class="lead">${accountActivity.lead}</p>
${activities.length === 0 ? html`<p class="empty">${accountActivity.none}</p>` : html`<ol class="activities">${activities.map((activity) => html`<li>${activityEntry(activity, locale)}</li>`)}</ol>`}
${olderUrl !== undefined && html`<p><a class="button secondary" href="${olderUrl}">${accountActivity.older}</a></p>`}
${latestUrl !== undefined && html`<p><a class="button quiet" href="${latestUrl}">${accountActivity.latest}</a></p>`}`);
}

/** What has to do with a service, a passkey, the certificate, and all else. */
const signs: Partial<Record<AccountActivity["kind"], Html>> = {
  signed_in: icons.link, connected: icons.link, disconnected: icons.link, detail_withheld: icons.link, pseudonym_renewed: icons.link, approval_asked: icons.link, approval_given: icons.link, approval_refused: icons.link,
  account_opened: icons.passkey, passkey_added: icons.passkey, passkey_removed: icons.passkey, passkey_suspended: icons.passkey, passkey_restored: icons.passkey,
  phone_erased: icons.phone, recovered: icons.phone,
  certificate_checked: icons.card, certificate_replaced: icons.card, certificate_state_changed: icons.card, certificate_expiring: icons.card, certificate_expired: icons.card, link_ended: icons.card,
  certificate_refused: icons.warning, held: icons.warning, reported: icons.warning, recovery_forced: icons.warning,
};

function activityEntry({ kind, at, service, passkey, byOperator, reportUrl }: AccountActivity, locale: Locale): Html {
  const { accountActivity } = messagesIn(locale);
  const about = (name: string, value: string): Html => html`<p class="hint"><span class="unseen">${name}: </span>${value}</p>`;
  return html`${signs[kind] ?? icons.information}<div class="activity">
<p class="activity-what">${accountActivity.kinds[kind]}</p>
${service !== undefined && about(accountActivity.service, service)}
${passkey !== undefined && about(accountActivity.passkey, passkey)}
${byOperator && html`<p class="hint">${accountActivity.byOperator}</p>`}
<p class="hint">${minute(at, locale)}</p>
</div>
${reportUrl !== undefined && html`<a class="target activity-report" href="${reportUrl}">${accountActivity.notMe}<span class="unseen"> (${accountActivity.kinds[kind]}, ${minute(at, locale)})</span></a>`}`;
}
