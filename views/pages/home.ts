import type { PageContext } from "../context.ts";
import { html, type Html } from "../html.ts";
import { icons } from "../icons.ts";
import { layout } from "../layout.ts";
import { messagesIn, type Locale } from "../messages/index.ts";

export interface HomeContext extends PageContext {
  readonly accountUrl: string;
  readonly metadataUrl: string;
  /** The other servers of the sandbox. */
  readonly trial?: { readonly demoServiceUrl: string; readonly demoPhoneUrl: string; readonly demoAuthorityUrl: string };
}

const pointIcons = [icons.card, icons.link, icons.check];

export function homePage(context: HomeContext, locale: Locale): Html {
  const { home } = messagesIn(locale);
  const { trial } = context;
  return layout(context, locale, { title: home.title, wide: true }, html`<h1>${home.title}</h1>
<p class="lead">${home.lead}</p>
<p><a class="button primary" href="${context.accountUrl}">${icons.passkey}<span>${home.account}</span></a></p>
<ul class="points">${home.points.map(([title, text], index) => html`<li>${pointIcons[index]}<h2>${title}</h2><p>${text}</p></li>`)}</ul>
${trial !== undefined && html`<section class="panel" aria-labelledby="trial"><h2 id="trial">${home.trial}</h2>
<ul class="links">
<li><a href="${trial.demoServiceUrl}">${home.demoService}</a></li>
<li><a href="${trial.demoPhoneUrl}">${home.demoPhone}</a></li>
<li><a href="${trial.demoAuthorityUrl}">${home.demoAuthority}</a></li>
</ul></section>`}
<section aria-labelledby="developers"><h2 id="developers">${home.developers}</h2>
<ul class="links"><li><a href="${context.metadataUrl}">${home.metadata}</a></li></ul></section>`);
}
