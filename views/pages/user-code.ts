import type { PageContext } from "../context.ts";
import { html, type Html } from "../html.ts";
import { layout } from "../layout.ts";
import { messagesIn, type Locale, type Messages } from "../messages/index.ts";
import { notice } from "../parts.ts";

export interface UserCodeContext extends PageContext {
  /** POST: field `user_code`. */
  readonly actionUrl: string;
  /** The provider's own anti-forgery value, field `xsrf`. */
  readonly xsrf: string;
  /** Why the last code, or the sign-in after it, came to nothing. */
  readonly problem?: keyof Messages["userCode"]["problems"];
}

/** Where the person types the code that a device without a keyboard shows (RFC 8628 3.3). */
export function userCodePage(context: UserCodeContext, locale: Locale): Html {
  const { userCode } = messagesIn(locale);
  return layout(context, locale, { title: userCode.title }, html`<h1>${userCode.title}</h1>
${context.problem !== undefined && html`<div role="alert">${notice("refusal", userCode.problems[context.problem])}</div>`}
<p class="lead">${userCode.lead}</p>
<form class="form" method="post" action="${context.actionUrl}">
<input type="hidden" name="csrf" value="${context.csrf}">
<input type="hidden" name="xsrf" value="${context.xsrf}">
<div class="field">
<label for="user-code">${userCode.label}</label>
<input class="code" id="user-code" name="user_code" type="text" required maxlength="20" autocomplete="off" autocapitalize="characters" autocorrect="off" spellcheck="false" aria-describedby="user-code-hint">
<p class="hint" id="user-code-hint">${userCode.hint}</p>
</div>
<button class="button primary large" type="submit">${userCode.next}</button>
</form>
${notice("warning", userCode.warning)}`);
}
