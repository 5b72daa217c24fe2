import { catalogue, type ErrorCode } from "../../src/errors.ts";
import type { PageContext } from "../context.ts";
import { html, type Html } from "../html.ts";
import { layout } from "../layout.ts";
import { errorSentence, messagesIn, type Locale } from "../messages/index.ts";
import { endSuspension, fact, notice } from "../parts.ts";

export interface ErrorContext extends PageContext {
  readonly code: ErrorCode;
  readonly requestId: string;
  readonly homeUrl: string;
  /** GET: tries the same again. Shown only for codes that allow it. */
  readonly retryUrl?: string;
  /** Seconds after which trying again makes sense, where that is known. */
  readonly retryAfter?: number;
  /** What the protocol says of a relying party's mistake, for its developer. */
  readonly protocolError?: { readonly error: string; readonly description?: string };
}

export function errorPage(context: ErrorContext, locale: Locale): Html {
  const { error } = messagesIn(locale);
  const mayRetry = catalogue[context.code].retry;
  return layout(context, locale, { title: error.title }, html`<h1>${error.title}</h1>
${notice("refusal", errorSentence(context.code, locale))}
<section aria-labelledby="now"><h2 id="now">${error.whatNow}</h2><p>${mayRetry ? (context.retryAfter === undefined ? error.retry : error.retryIn(context.retryAfter)) : error.startAgain}</p></section>
${context.code === "person_on_hold" && html`<p>${endSuspension(locale)}</p>`}
${mayRetry && context.retryUrl !== undefined && html`<p><a class="button primary" href="${context.retryUrl}">${error.retryButton}</a></p>`}
<p><a class="button secondary" href="${context.homeUrl}">${error.home}</a></p>
<dl class="facts small">${fact(error.code, html`<code>${context.code}</code>`)}${fact(error.requestId, html`<code>${context.requestId}</code>`)}</dl>
${context.protocolError !== undefined && html`<details class="details"><summary>${error.developers}</summary><p><code>${context.protocolError.error}</code></p>${context.protocolError.description !== undefined && html`<p>${context.protocolError.description}</p>`}</details>`}`);
}
