import type { PageContext } from "../context.ts";
import { html, type Html } from "../html.ts";
import { layout } from "../layout.ts";
import { messagesIn, type Locale } from "../messages/index.ts";
import { notice } from "../parts.ts";
import type { RecoveryPurpose } from "./recovery-ways.ts";

export interface RecoveryDoneContext extends PageContext {
  readonly purpose: RecoveryPurpose;
  /** GET: all ways; the start page of each is below it, by its purpose. */
  readonly waysUrl: string;
  readonly accountUrl: string;
}

export function recoveryDonePage(context: RecoveryDoneContext, locale: Locale): Html {
  const { recovery } = messagesIn(locale);
  const { title, text } = recovery.done[context.purpose];
  return layout(context, locale, { title }, html`<h1>${title}</h1>
${notice("success", text)}
${context.purpose === "hold" ? html`${(["release", "recover"] as const).map((next) => html`<p><a class="button secondary" href="${context.waysUrl}/${next}">${recovery.ways[next].label}</a></p>`)}` : html`<p><a class="button primary" href="${context.accountUrl}">${recovery.account}</a></p>`}`);
}
