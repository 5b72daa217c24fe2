import { html, type Html, type Renderable } from "../../../../views/html.ts";
import { minute } from "../../../../views/dates.ts";
import type { Language } from "../language.ts";
import { messagesIn } from "../messages/index.ts";
import type { LogoutEntry } from "../logout-log.ts";

/** A form that posts to one of our own paths and keeps the language. */
export function postForm(action: string, language: Language, body: Renderable, className = "form"): Html {
  return html`<form class="${className}" method="post" action="${action}?lang=${language}">${body}</form>`;
}

/** A row of a list of facts. */
export function fact(name: string, value: Renderable): Html {
  return html`<div class="fact"><dt>${name}</dt><dd>${value}</dd></div>`;
}

/** The logouts that the provider sent, newest first. */
export function logoutList(entries: readonly LogoutEntry[], language: Language): Html {
  const { logouts } = messagesIn(language);
  return html`<section class="panel" aria-labelledby="logouts">
<h2 id="logouts">${logouts.title}</h2>
<p class="hint">${logouts.hint}</p>
${entries.length === 0 ? html`<p class="empty">${logouts.empty}</p>` : html`<ol class="logouts">${entries.map((entry) => logoutEntry(entry, language))}</ol>`}
</section>`;
}

function logoutEntry({ at, outcome }: LogoutEntry, language: Language): Html {
  const { logouts } = messagesIn(language);
  return html`<li><span class="logout-time">${minute(at, language)}</span> <span>${outcome.accepted ? logouts.accepted(outcome.endedSessions) : logouts.refused(outcome.at)}</span></li>`;
}
