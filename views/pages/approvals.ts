import type { PageContext, RelyingParty } from "../context.ts";
import { minute } from "../dates.ts";
import { html, type Html } from "../html.ts";
import { icons } from "../icons.ts";
import { layout } from "../layout.ts";
import { messagesIn, type Locale, type Messages } from "../messages/index.ts";
import { fact, notice, postForm } from "../parts.ts";

export interface WaitingApproval {
  readonly party: RelyingParty;
  readonly bindingMessage: string;
  /** Seconds since the epoch. */
  readonly askedAt: number;
  /** GET. */
  readonly url: string;
}

export interface ApprovalsContext extends PageContext {
  readonly waiting: readonly WaitingApproval[];
  /** GET, JSON `{ waiting }`: how many wait now and which, so that the page can follow. */
  readonly statusUrl: string;
  readonly status: string;
  /** Whether services may ask. */
  readonly takesRequests: boolean;
  /** POST with `allow=yes|no`. */
  readonly switchUrl: string;
  readonly accountUrl: string;
  /** What was just done. */
  readonly notice?: keyof Messages["approvals"]["notices"];
}

/** What services wait for the person to approve. */
export function approvalsPage(context: ApprovalsContext, locale: Locale): Html {
  const { approvals } = messagesIn(locale);
  const page = { title: approvals.title, script: "approvals", scriptOptional: true, data: { "data-status-url": context.statusUrl, "data-status": context.status } } as const;
  const entries = context.waiting.map((each) => html`<li class="entry">${waitingEntry(each, locale)}</li>`);
  return layout(context, locale, page, html`<h1>${approvals.title}</h1>
${context.notice !== undefined && html`<div role="status">${notice("success", approvals.notices[context.notice])}</div>`}
<p class="lead">${approvals.lead}</p>
${entries.length > 0 ? html`<ul class="entries">${entries}</ul>` : html`<p class="empty" role="status">${approvals.none}</p>`}
<section class="panel" aria-labelledby="switch">
<h2 id="switch">${approvals.switchTitle}</h2>
<p>${context.takesRequests ? approvals.switchOn : approvals.switchOff}</p>
${postForm(context, context.switchUrl, html`<button class="button quiet" type="submit" name="allow" value="${context.takesRequests ? "no" : "yes"}">${context.takesRequests ? approvals.turnOff : approvals.turnOn}</button>`)}
</section>
<p><a class="button secondary" href="${context.accountUrl}">${approvals.account}</a></p>`);
}

function waitingEntry({ party, bindingMessage, askedAt, url }: WaitingApproval, locale: Locale): Html {
  const { approvals, approve } = messagesIn(locale);
  return html`<div class="entry-head">${icons.link}<h2>${party.name}</h2></div>
<p class="hint">${party.host}</p>
<dl class="facts">
${fact(approve.message, html`<strong>${bindingMessage}</strong>`)}
${fact(approve.askedAt, minute(askedAt, locale))}
</dl>
<a class="button primary" href="${url}">${approvals.look}<span class="unseen"> (${party.name})</span></a>`;
}
