import type { ErrorCode } from "../../src/errors.ts";
import type { PageContext } from "../context.ts";
import { html, type Html } from "../html.ts";
import { layout } from "../layout.ts";
import { errorSentence, messagesIn, type Locale, type Messages } from "../messages/index.ts";
import { notice, postForm } from "../parts.ts";
import { certificateEntry, type AccountCertificate } from "./account-certificate.ts";
import { accountNavigation, entryList, type PasskeySignals, signalData } from "./account-frame.ts";
import { levelEntry, type AccountLevel } from "./account-level.ts";
import { passkeyEntry, type AccountPasskey } from "./account-passkey.ts";
import { serviceEntry, type AccountService } from "./account-service.ts";

export interface AccountContext extends PageContext {
  readonly passkeys: readonly AccountPasskey[];
  readonly certificates: readonly AccountCertificate[];
  /** Of this sign-in to the account page: relying parties are told those of their own. */
  readonly levels: Readonly<Record<"ial" | "aal", AccountLevel>>;
  readonly services: readonly AccountService[];
  /** How many requests wait for the person's approval, and where they are (GET). */
  readonly approvals: { readonly count: number; readonly url: string };
  /** POST. */
  readonly signOutUrl: string;
  /** GET: enrolment on a phone, which makes another passkey. */
  readonly addPasskeyUrl: string;
  /** GET: enrolment that checks the person by certificate again. */
  readonly addEvidenceUrl: string;
  /** GET: stops every sign-in at once. */
  readonly holdUrl: string;
  /** GET: what can be done when the phone is lost, new or away. */
  readonly recoveryUrl: string;
  /** What was just done. */
  readonly notice?: keyof Messages["account"]["notices"];
  /** What was just refused. */
  readonly problem?: ErrorCode;
  readonly signals: PasskeySignals;
}

export function accountPage(context: AccountContext, locale: Locale): Html {
  const { account } = messagesIn(locale);
  const page = { title: account.title, wide: true, script: "account", scriptOptional: true, data: signalData(context.signals) } as const;
  return layout(context, locale, page, html`<h1>${account.title}</h1>
${accountNavigation("overview", locale)}
<p class="lead">${account.lead}</p>
${context.notice !== undefined && html`<div role="status">${notice("success", account.notices[context.notice])}</div>`}
${context.problem !== undefined && html`<div role="alert">${notice("refusal", errorSentence(context.problem, locale))}</div>`}
${context.approvals.count > 0 && notice("information", html`${account.approvalsWaiting(context.approvals.count)} <a class="target" href="${context.approvals.url}">${account.approvalsLink}</a>`)}
<section aria-labelledby="passkeys">
<h2 id="passkeys">${account.passkeys}</h2><p>${account.passkeysLead}</p>
${entryList(context.passkeys.map((passkey, index) => passkeyEntry(passkey, index, context, locale)))}
<p><a class="button secondary" href="${context.addPasskeyUrl}">${account.addPasskey}</a></p>
</section>
<section aria-labelledby="certificate">
<h2 id="certificate">${account.certificate}</h2><p>${account.certificateLead}</p>
${entryList(context.certificates.map((certificate) => certificateEntry(certificate, context.addEvidenceUrl, locale)), account.noCertificate)}
<p><a class="button secondary" href="${context.addEvidenceUrl}">${account.addEvidence}</a></p>
</section>
<section aria-labelledby="services">
<h2 id="services">${account.services}</h2>
${entryList(context.services.map((service) => serviceEntry(service, locale)), account.noServices)}
</section>
<section aria-labelledby="approvals">
<h2 id="approvals">${account.approvals}</h2>
<p>${context.approvals.count > 0 ? account.approvalsWaiting(context.approvals.count) : account.approvalsNone}</p>
<p><a class="button secondary" href="${context.approvals.url}">${account.approvalsLink}</a></p>
</section>
<section aria-labelledby="levels">
<h2 id="levels">${account.levels}</h2><p>${account.levelsLead}</p>
${entryList([levelEntry("ial", context.levels.ial, locale), levelEntry("aal", context.levels.aal, locale)])}
</section>
<section class="panel" aria-labelledby="safety">
<h2 id="safety">${account.safety}</h2>
<p>${account.safetyLead}</p>
<p><a class="button danger" href="${context.holdUrl}">${account.hold}</a></p>
<p><a class="target" href="${context.recoveryUrl}">${account.recovery}</a></p>
</section>
${postForm(context, context.signOutUrl, html`<button class="button quiet" type="submit">${account.signOut}</button>`)}`);
}
