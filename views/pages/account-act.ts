import type { PageContext } from "../context.ts";
import { html, type Html } from "../html.ts";
import { layout } from "../layout.ts";
import { messagesIn, type Locale, type Messages } from "../messages/index.ts";
import { notice, postForm, statusRegion } from "../parts.ts";
import { icons } from "../icons.ts";

export type AccountActName = keyof Messages["accountActs"]["acts"];

interface Act extends PageContext {
  readonly act: AccountActName;
  /** What it is done to: the name of a passkey or service. */
  readonly subject?: string;
  readonly backUrl: string;
  /** What was just done. */
  readonly notice?: keyof Messages["account"]["notices"];
}

export type AccountActContext = Act &
  (
    | { readonly step: "confirm"; /** POST. */ readonly actionUrl: string; /** It cannot be undone: field `understood`, value `yes`. */ readonly isFinal: boolean }
    /** The passkey comes first. */
    | { readonly step: "passkey"; readonly optionsUrl: string; readonly verifyUrl: string }
  );

/** One page for all that changes much: what happens then, and the one button that does it. */
export function accountActPage(context: AccountActContext, locale: Locale): Html {
  const { account, accountActs } = messagesIn(locale);
  const { title, effects } = accountActs.acts[context.act];
  return layout(context, locale, { title, ...moduleOf(context, locale) }, html`<h1>${title}</h1>
${context.notice !== undefined && html`<div role="status">${notice("success", account.notices[context.notice])}</div>`}
${context.subject !== undefined && html`<p class="act-subject">${context.subject}</p>`}
<section class="panel" aria-labelledby="effects">
<h2 id="effects">${accountActs.effects}</h2>
<ul class="plain">${effects.map((effect) => html`<li>${effect}</li>`)}</ul>
</section>
${context.step === "passkey" ? passkeyFirst(locale) : confirmation(context, locale)}
<p><a class="button quiet" href="${context.backUrl}">${accountActs.cancel}</a></p>`);
}

function moduleOf(context: AccountActContext, locale: Locale) {
  if (context.step === "confirm") return {};
  const { optionsUrl, verifyUrl } = context;
  return { script: "approve", data: { "data-options-url": optionsUrl, "data-verify-url": verifyUrl, "data-messages": JSON.stringify(messagesIn(locale).signIn.script) } } as const;
}

function confirmation(context: Extract<AccountActContext, { step: "confirm" }>, locale: Locale): Html {
  const { acts, understood } = messagesIn(locale).accountActs;
  const { act, actionUrl, isFinal } = context;
  return postForm(context, actionUrl, html`${isFinal && html`<p class="claim"><input id="understood" type="checkbox" name="understood" value="yes" required><label for="understood">${understood}</label></p>`}
<button class="${act === "export" ? "button primary" : "button danger"}" type="submit">${acts[act].yes}</button>`);
}

function passkeyFirst(locale: Locale): Html {
  const { accountActs } = messagesIn(locale);
  return html`<p>${accountActs.confirmFirst}</p>
<div class="decision"><button class="button primary large" type="button" data-approve>${icons.passkey}<span>${accountActs.usePasskey}</span></button>
${statusRegion()}</div>`;
}
