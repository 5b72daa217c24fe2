import type { PageContext, RelyingParty } from "../context.ts";
import { html, webAddress, type Html } from "../html.ts";
import { icons } from "../icons.ts";
import { layout } from "../layout.ts";
import { messagesIn, type Locale } from "../messages/index.ts";
import { partyBadge, postForm } from "../parts.ts";
import { resourcesInWords, sharedInWords, type Shared } from "../shared-items.ts";
import { type VerifiedChoices, verifiedSection } from "./consent-verified.ts";

export interface ConsentContext extends PageContext {
  readonly party: RelyingParty;
  readonly shared: Shared;
  /** What is asked for of the signature certificate, if anything is. */
  readonly verified?: VerifiedChoices;
  /** Names of scopes and claims that were allowed before. */
  readonly alreadyAllowed: readonly string[];
  /** POST. */
  readonly allowUrl: string;
  /** POST: ends the interaction with `access_denied`. */
  readonly denyUrl: string;
  readonly privacyPolicyUri?: string;
  readonly termsUri?: string;
}

/** Joins the choices, which stand with what is shared, to the button that allows. */
const formId = "allow";

export function consentPage(context: ConsentContext, locale: Locale): Html {
  const { consent, verifiedClaims } = messagesIn(locale);
  const title = consent.title(context.party.name);
  const { shared, verified } = context;
  const items = sharedInWords(shared, locale).map(({ text, names }) => {
    const already = names.every((name) => context.alreadyAllowed.includes(name));
    return html`<li>${icons.check}<span>${text}${already && html` <span class="tag">${consent.already}</span>`}</span></li>`;
  });
  const resources = resourcesInWords(shared, locale).map((text) => html`<li>${icons.check}<span>${text}</span></li>`);
  const allow = verified?.present === undefined ? consent.allow : verifiedClaims.allowWithout;
  return layout(context, locale, { title }, html`<h1>${title}</h1>
${partyBadge(context.party, locale)}
<p class="lead">${consent.lead}</p>
<section class="panel" aria-labelledby="shared"><h2 id="shared">${consent.shared}</h2><ul class="shared">${items}</ul></section>
${resources.length > 0 && html`<section class="panel" aria-labelledby="resources"><h2 id="resources">${consent.resources}</h2><ul class="shared">${resources}</ul></section>`}
${verified !== undefined && verifiedSection(context, verified, formId, locale)}
<section aria-labelledby="never"><h2 id="never">${consent.never}</h2><p>${consent.neverText}</p></section>
${partyLinks(context, locale)}
<div class="decision">
<form class="form" id="${formId}" method="post" action="${context.allowUrl}"><input type="hidden" name="csrf" value="${context.csrf}"><button class="button primary large" type="submit">${allow}</button></form>
${postForm(context, context.denyUrl, html`<button class="button secondary" type="submit">${consent.deny}</button>`)}
</div>
<p class="hint">${consent.remembered}</p>`);
}

function partyLinks(context: ConsentContext, locale: Locale): Html | undefined {
  const { consent } = messagesIn(locale);
  const links = [
    { address: webAddress(context.privacyPolicyUri), label: consent.privacyPolicy },
    { address: webAddress(context.termsUri), label: consent.terms },
  ].filter(({ address }) => address !== undefined);
  if (links.length === 0) return undefined;
  return html`<ul class="links">${links.map(({ address, label }) => html`<li><a href="${address}" target="_blank" rel="noopener noreferrer">${label}</a></li>`)}</ul>`;
}
