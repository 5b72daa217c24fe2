import { html, type Html } from "../../../../views/html.ts";
import { flatten, grouped, type ClaimRow } from "../claim-list.ts";
import type { Claims } from "../sign-in.ts";
import { explanationOf } from "../explanations.ts";
import type { Language } from "../language.ts";
import { messagesIn } from "../messages/index.ts";
import { claimValue } from "./claim-value.ts";

/** All claims of one source, in sections, with one line of explanation each. */
export function claimSections(claims: Claims, language: Language, compareWith?: Claims): Html {
  const { groups } = messagesIn(language).claims;
  const others = compareWith === undefined ? undefined : new Map(flatten(compareWith).map(({ path, value }) => [path, value]));
  return html`${grouped(flatten(claims)).map(({ group, rows }) => {
    const list = html`<dl class="claims">${rows.map((row) => claimRow(row, language, others))}</dl>`;
    // Book-keeping is for those who look for it.
    if (group === "protocol") return html`<details class="claim-group details"><summary>${groups[group]}</summary>${list}</details>`;
    return html`<section class="claim-group"><h3>${groups[group]}</h3>${list}</section>`;
  })}`;
}

function claimRow({ path, value }: ClaimRow, language: Language, others: ReadonlyMap<string, unknown> | undefined): Html {
  const { differs, unexplained } = messagesIn(language).claims;
  const isOther = others !== undefined && JSON.stringify(others.get(path)) !== JSON.stringify(value);
  return html`<div class="claim"><dt><code>${path}</code>${isOther && html` <span class="tag">${differs}</span>`}</dt>
<dd class="claim-value">${claimValue(path, value, language)}</dd>
<dd class="claim-text">${explanationOf(path)?.text[language] ?? unexplained}</dd></div>
`;
}
