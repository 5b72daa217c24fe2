import type { PageContext, RelyingParty } from "../context.ts";
import { minute } from "../dates.ts";
import { html, type Html } from "../html.ts";
import { icons } from "../icons.ts";
import { layout } from "../layout.ts";
import { messagesIn, type Locale } from "../messages/index.ts";
import { fact, notice, partyBadge, postForm, statusRegion } from "../parts.ts";
import { resourcesInWords, sharedInWords, type Shared } from "../shared-items.ts";

export interface ApproveContext extends PageContext {
  readonly party: RelyingParty;
  /** Chosen by the service: stands on its own screen too. */
  readonly bindingMessage: string;
  readonly shared: Shared;
  /** Seconds since the epoch. */
  readonly askedAt: number;
  readonly expiresAt: number;
  /** POST, JSON: answers `{ options, challenge_id }`. */
  readonly optionsUrl: string;
  /** POST, JSON `{ challenge_id, credential }`: answers `{ location }`. */
  readonly verifyUrl: string;
  /** POST. */
  readonly denyUrl: string;
}

/** One request, with all there is to know of it, and the two answers. */
export function approvePage(context: ApproveContext, locale: Locale): Html {
  const { approve, consent, signIn } = messagesIn(locale);
  const resources = resourcesInWords(context.shared, locale);
  const page = {
    title: approve.title(context.party.name),
    script: "approve",
    data: { "data-options-url": context.optionsUrl, "data-verify-url": context.verifyUrl, "data-messages": JSON.stringify(signIn.script) },
  } as const;
  return layout(context, locale, page, html`<h1>${page.title}</h1>
${partyBadge(context.party, locale)}
<section class="panel" aria-labelledby="message"><h2 id="message">${approve.message}</h2>
<p class="binding-message">${context.bindingMessage}</p>
<p>${approve.compare}</p></section>
<dl class="facts">
${fact(approve.askedAt, minute(context.askedAt, locale))}
${fact(approve.expiresAt, minute(context.expiresAt, locale))}
${fact(approve.shared, html`<ul class="plain">${sharedInWords(context.shared, locale).map(({ text }) => html`<li>${text}</li>`)}</ul>`)}
${resources.length > 0 && fact(consent.resources, html`<ul class="plain">${resources.map((text) => html`<li>${text}</li>`)}</ul>`)}
</dl>
${notice("warning", html`<strong>${approve.warningTitle}</strong> ${approve.warning}`)}
<div class="decision">
<button class="button primary large" type="button" data-approve>${icons.passkey}<span>${approve.yes}</span></button>
${postForm(context, context.denyUrl, html`<button class="button secondary" type="submit">${approve.no}</button>`)}
${statusRegion()}
</div>`);
}
