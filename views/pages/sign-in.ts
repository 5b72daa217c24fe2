import type { PageContext, RelyingParty } from "../context.ts";
import { html, type Html } from "../html.ts";
import { layout } from "../layout.ts";
import { errorSentence, messagesIn, paragraph, type Locale } from "../messages/index.ts";
import { notice, partyBadge, passkeySignIn, quietForm } from "../parts.ts";
import type { ErrorCode } from "../../src/errors.ts";

export interface SignInContext extends PageContext {
  readonly party: RelyingParty;
  readonly uid: string;
  readonly optionsUrl: string;
  readonly verifyUrl: string;
  /** What {@link optionsUrl} would answer to be posted to now, so that the browser need not ask; as JSON it goes to the module. */
  readonly offered?: unknown;
  readonly enrolUrl: string;
  /** GET: for those whose phone is lost or new. */
  readonly recoverUrl: string;
  /** POST: ends the interaction with `access_denied`. */
  readonly cancelUrl: string;
  /** Why the person is asked, when it is not the first time. */
  readonly reason?: "higher_level" | "again" | "new_passkey";
  /** What went wrong just before. */
  readonly problem?: ErrorCode;
}

export function signInPage(context: SignInContext, locale: Locale): Html {
  const { signIn } = messagesIn(locale);
  const page = {
    title: signIn.title,
    script: "sign-in",
    data: {
      "data-uid": context.uid,
      "data-options-url": context.optionsUrl,
      "data-verify-url": context.verifyUrl,
      ...(context.offered !== undefined && { "data-offered": JSON.stringify(context.offered) }),
      "data-messages": JSON.stringify(signIn.script),
    },
  } as const;
  return layout(context, locale, page, html`<h1>${signIn.title}</h1>
${partyBadge(context.party, locale)}
${context.problem !== undefined && notice("refusal", errorSentence(context.problem, locale))}
${context.reason !== undefined && notice("information", html`<strong>${signIn.reasonTitle}</strong> ${signIn.reasons[context.reason]}`)}
<p class="lead">${signIn.explain}</p>
${passkeySignIn(locale)}
${firstTime(context, locale)}
${quietForm(context, context.cancelUrl, signIn.cancel)}`);
}

/** The way in for those who have no passkey here yet, or no longer. */
export function firstTime({ enrolUrl, recoverUrl }: Pick<SignInContext, "enrolUrl" | "recoverUrl">, locale: Locale): Html {
  const { signIn, common, recovery } = messagesIn(locale);
  return html`<section class="panel" aria-labelledby="first-time">
<h2 id="first-time">${signIn.first}</h2>
<p>${paragraph(locale, signIn.firstText, common.minutes)}</p>
<a class="button secondary" href="${enrolUrl}">${signIn.firstLink}</a>
<p><a class="target" href="${recoverUrl}">${recovery.link}</a></p>
</section>`;
}
