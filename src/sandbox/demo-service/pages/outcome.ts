import { html, type Html } from "../../../../views/html.ts";
import { notice } from "../../../../views/parts.ts";
import type { ResourceAnswer } from "../sign-in.ts";
import type { Language } from "../language.ts";
import { messagesIn } from "../messages/index.ts";
import { readingListAnswer } from "../reading-list.ts";
import { dayText } from "../dates.ts";
import type { Change, Outcome } from "../session.ts";
import { claimSections } from "./claim-sections.ts";
import { claimValue } from "./claim-value.ts";
import { problemNotice } from "./problem.ts";

/** What the last button did. */
export function outcomeView(outcome: Outcome, language: Language): Html {
  switch (outcome.kind) {
    case "refreshed":
      return refreshed(outcome.rotated, outcome.changes, language);
    case "resource":
      return resource(outcome.answer, language);
    case "problem":
      return problemNotice(outcome.problem, language);
  }
}

function refreshed(rotated: boolean, changes: readonly Change[], language: Language): Html {
  const { claims } = messagesIn(language);
  return notice(
    "success",
    html`<strong>${claims.refreshed}</strong><p>${rotated ? claims.rotated : claims.notRotated}</p>
${changes.length === 0 ? html`<p>${claims.unchanged}</p>` : html`<p>${claims.changed}</p><ul class="changes">${changes.map((change) => changeRow(change, language))}</ul>`}`,
  );
}

function changeRow({ path, before, after }: Change, language: Language): Html {
  return html`<li><code>${path}</code> <span class="change">${claimValue(path, before, language)} <span aria-hidden="true">→</span><span class="unseen">→</span> ${claimValue(path, after, language)}</span></li>`;
}

function resource({ status, body }: ResourceAnswer, language: Language): Html {
  const { claims } = messagesIn(language);
  const answer = readingListAnswer.safeParse(body);
  if (status !== 200 || !answer.success) return notice("refusal", claims.apiRefused(status));
  const { items, token } = answer.data;
  return html`<section class="panel books" aria-labelledby="books">
<h2 id="books">${claims.booksTitle}</h2>
<ul class="shelf">${items.map(({ title, author, due }) => html`<li><span class="book-title">${title[language]}</span> <span class="book-author">${author[language]}</span> <span class="book-due">${claims.due(dayText(due, language))}</span></li>`)}</ul>
<details class="details"><summary>${claims.tokenTold}</summary>${claimSections(token, language)}</details>
</section>`;
}
