import type { ErrorCode } from "../../src/errors.ts";
import type { PageContext } from "../context.ts";
import { html, type Html, type Renderable } from "../html.ts";
import { layout } from "../layout.ts";
import { errorSentence, messagesIn, type Locale, type Messages } from "../messages/index.ts";
import { notice, postForm } from "../parts.ts";
import { attributesSection, type AccountAttributes } from "./account-attributes.ts";
import { certificateEntry, type AccountCertificate } from "./account-certificate.ts";
import { levelEntry, type AccountLevel } from "./account-level.ts";
import { passkeyEntry, type AccountPasskey } from "./account-passkey.ts";
import { serviceEntry, type AccountService } from "./account-service.ts";

export interface AccountContext extends PageContext {
  readonly passkeys: readonly AccountPasskey[];
  readonly certificates: readonly AccountCertificate[];
  /** Of this sign-in to the account page: relying parties are told those of their own. */
  readonly levels: Readonly<Record<"ial" | "aal", AccountLevel>>;
  readonly services: readonly AccountService[];
  /** Absent where signature certificates are not accepted. */
  readonly attributes?: AccountAttributes;
  /** How many requests wait for the person's approval, and where they are (GET). */
  readonly approvals: { readonly count: number; readonly url: string };
  /** POST. */
  readonly signOutUrl: string;
  /** GET: enrolment on a phone, which makes another passkey. */
  readonly addPasskeyUrl: string;
  /** GET: enrolment that checks the person by certificate again. */
  readonly addEvidenceUrl: string;
  /** What was just done. */
  readonly notice?: keyof Messages["account"]["notices"];
  /** What was just refused. */
  readonly problem?: ErrorCode;
  /** For the WebAuthn signal calls, so that the browser forgets what was removed. All base64url. */
  readonly signals?: {
    readonly rpId: string;
    readonly userId: string;
    readonly acceptedCredentialIds: readonly string[];
    readonly removedCredentialId?: string;
  };
}

export function accountPage(context: AccountContext, locale: Locale): Html {
  const { account } = messagesIn(locale);
  const { signals } = context;
  const page = {
    title: account.title,
    wide: true,
    script: "account",
    scriptOptional: true,
    data: signals === undefined ? {} : {
      "data-rp-id": signals.rpId,
      "data-user-id": signals.userId,
      "data-accepted": signals.acceptedCredentialIds.join(" "),
      "data-removed": signals.removedCredentialId,
    },
  } as const;
  return layout(context, locale, page, html`<h1>${account.title}</h1>
<p class="lead">${account.lead}</p>
${context.notice !== undefined && html`<div role="status">${notice("success", account.notices[context.notice])}</div>`}
${context.problem !== undefined && html`<div role="alert">${notice("refusal", errorSentence(context.problem, locale))}</div>`}
${context.approvals.count > 0 && notice("information", html`${account.approvalsWaiting(context.approvals.count)} <a class="target" href="${context.approvals.url}">${account.approvalsLink}</a>`)}
<section aria-labelledby="passkeys">
<h2 id="passkeys">${account.passkeys}</h2><p>${account.passkeysLead}</p>
${list(context.passkeys.map((passkey, index) => passkeyEntry(passkey, index, context, locale)))}
<p><a class="button secondary" href="${context.addPasskeyUrl}">${account.addPasskey}</a></p>
</section>
<section aria-labelledby="certificate">
<h2 id="certificate">${account.certificate}</h2><p>${account.certificateLead}</p>
${list(context.certificates.map((certificate) => certificateEntry(certificate, locale)), account.noCertificate)}
<p><a class="button secondary" href="${context.addEvidenceUrl}">${account.addEvidence}</a></p>
</section>
<section aria-labelledby="levels">
<h2 id="levels">${account.levels}</h2><p>${account.levelsLead}</p>
${list([levelEntry("ial", context.levels.ial, locale), levelEntry("aal", context.levels.aal, locale)])}
</section>
${context.attributes !== undefined && attributesSection(context.attributes, context, locale)}
<section aria-labelledby="services">
<h2 id="services">${account.services}</h2>
${list(context.services.map((service) => serviceEntry(service, context, locale)), account.noServices)}
</section>
<section aria-labelledby="approvals">
<h2 id="approvals">${account.approvals}</h2>
<p>${context.approvals.count > 0 ? account.approvalsWaiting(context.approvals.count) : account.approvalsNone}</p>
<p><a class="button secondary" href="${context.approvals.url}">${account.approvalsLink}</a></p>
</section>
${postForm(context, context.signOutUrl, html`<button class="button quiet" type="submit">${account.signOut}</button>`)}`);
}

function list(entries: readonly Html[], whenEmpty?: Renderable): Html | undefined {
  if (entries.length > 0) return html`<ul class="entries">${entries.map((entry) => html`<li class="entry">${entry}</li>`)}</ul>`;
  return whenEmpty === undefined ? undefined : html`<p class="empty">${whenEmpty}</p>`;
}
