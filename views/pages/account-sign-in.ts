import type { ErrorCode } from "../../src/errors.ts";
import type { PageContext } from "../context.ts";
import { html, type Html } from "../html.ts";
import { layout } from "../layout.ts";
import { errorSentence, messagesIn, type Locale } from "../messages/index.ts";
import { notice, passkeySignIn } from "../parts.ts";
import { firstTime } from "./sign-in.ts";

export interface AccountSignInContext extends PageContext {
  readonly optionsUrl: string;
  readonly verifyUrl: string;
  readonly enrolUrl: string;
  readonly recoverUrl: string;
  readonly problem?: ErrorCode;
}

export function accountSignInPage(context: AccountSignInContext, locale: Locale): Html {
  const { accountSignIn, signIn } = messagesIn(locale);
  const page = {
    title: accountSignIn.title,
    script: "sign-in",
    data: {
      "data-options-url": context.optionsUrl,
      "data-verify-url": context.verifyUrl,
      "data-messages": JSON.stringify(signIn.script),
    },
  } as const;
  return layout(context, locale, page, html`<h1>${accountSignIn.title}</h1>
${context.problem !== undefined && notice("refusal", errorSentence(context.problem, locale))}
<p class="lead">${accountSignIn.explain}</p>
${passkeySignIn(locale)}
${firstTime(context, locale)}`);
}
