import type { PageContext } from "../context.ts";
import { html, type Html } from "../html.ts";
import { layout } from "../layout.ts";
import { messagesIn, type Locale } from "../messages/index.ts";
import { fact, notice, postForm, quietForm } from "../parts.ts";

export interface ConsoleFinding {
  readonly check: string;
  readonly outcome: "ok" | "warning" | "problem" | "not_tried";
  readonly finding: string;
  readonly remedy: string;
}

export interface ConsoleClientContext extends PageContext {
  readonly name: string;
  /** What is registered, member by member, without any secret. */
  readonly members: readonly { readonly name: string; readonly value: string }[];
  readonly findings?: readonly ConsoleFinding[];
  /** What it authenticates with that can be made here. */
  readonly credential: "secret" | "key";
  /** A secret or private key that was just made. */
  readonly made?: string;
  readonly problem?: string;
  readonly listUrl: string;
  /** POST, all of them. */
  readonly checkUrl: string;
  readonly rotateUrl: string;
  readonly retireUrl: string;
  readonly removeUrl: string;
}

const kinds = { ok: "success", warning: "warning", problem: "refusal", not_tried: "information" } as const;

export function consoleClientPage(context: ConsoleClientContext, locale: Locale): Html {
  const { details } = messagesIn(locale).console;
  return layout(context, locale, { title: context.name, wide: true, forOperator: true }, html`<p><a class="target" href="${context.listUrl}">${details.back}</a></p>
<h1>${context.name}</h1>
${context.problem !== undefined && notice("refusal", context.problem)}
${context.made !== undefined && notice("success", html`<p>${details.once}</p><pre class="code-block" tabindex="0" data-made>${context.made}</pre>`)}
${context.findings !== undefined && html`<section><h2>${details.findings}</h2>
${context.findings.map((each) => findingNotice(each, locale))}
</section>`}
<section class="entry"><h2>${details.registration}</h2>
<dl class="facts stacked">${context.members.map(({ name, value }) => fact(name, html`<code>${value}</code>`))}</dl>
<div class="entry-actions">
${postForm(context, context.checkUrl, html`<button class="button primary" type="submit">${details.check}</button>`)}
<details class="details"><summary>${details.rotate[context.credential]}</summary>
<p>${details.rotateHint}</p>
${postForm(context, context.rotateUrl, html`<button class="button secondary" type="submit">${details.rotateYes}</button>`)}
${quietForm(context, context.retireUrl, details.retire)}
</details>
<details class="details"><summary class="danger">${details.remove}</summary>
<p>${details.removeHint}</p>
${postForm(context, context.removeUrl, html`<button class="button danger" type="submit">${details.removeYes}</button>`)}
</details>
</div>
</section>`);
}

/** What was found and what to do in the operator's language; then the facts that were measured, as the check wrote them. */
function findingNotice({ check, outcome, finding, remedy }: ConsoleFinding, locale: Locale): Html {
  const { details, findings } = messagesIn(locale).console;
  const key = `${check}_${outcome}`;
  const sentence = isKnown(key, findings) ? findings[key] : remedy;
  return notice(kinds[outcome], html`<strong>${details.outcomes[outcome]}</strong> ${sentence}<p class="hint"><code>${check}</code> <span lang="en">${finding}</span></p>`);
}

const isKnown = <Sentences extends object>(key: PropertyKey, sentences: Sentences): key is keyof Sentences => Object.hasOwn(sentences, key);
