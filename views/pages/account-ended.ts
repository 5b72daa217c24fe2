import type { PageContext } from "../context.ts";
import { html, type Html } from "../html.ts";
import { layout } from "../layout.ts";
import { messagesIn, type Locale, type Messages } from "../messages/index.ts";
import { notice } from "../parts.ts";
import { type PasskeySignals, signalData } from "./account-frame.ts";

export type AccountEnding = keyof Messages["accountActs"]["endings"];

export interface AccountEndedContext extends PageContext {
  readonly ending: AccountEnding;
  /** What follows from here. */
  readonly nextUrl: string;
  readonly signals: PasskeySignals;
}

/** The person did something that ended the session, too. */
export function accountEndedPage(context: AccountEndedContext, locale: Locale): Html {
  const { title, text, next } = messagesIn(locale).accountActs.endings[context.ending];
  const page = { title, script: "account", scriptOptional: true, data: signalData(context.signals) } as const;
  return layout(context, locale, page, html`<h1>${title}</h1>
<div role="status">${notice("success", text)}</div>
<p><a class="button secondary" href="${context.nextUrl}">${next}</a></p>`);
}
