import { html, type Html } from "../../../../views/html.ts";
import { dayText, isTime, minuteText } from "../dates.ts";
import { explanationOf } from "../explanations.ts";
import type { Language } from "../language.ts";
import { messagesIn } from "../messages/index.ts";
import { wordFor } from "../value-words.ts";

/** A value as it came, and what it means. */
export function claimValue(path: string, value: unknown, language: Language): Html {
  if (value === undefined) return html`<span class="empty">${messagesIn(language).claims.nothing}</span>`;
  if (Array.isArray(value)) return html`<ul class="values">${value.map((each: unknown) => html`<li>${single(path, each, language)}</li>`)}</ul>`;
  return single(path, value, language);
}

function single(path: string, value: unknown, language: Language): Html {
  const meaning = timeText(path, value, language) ?? wordFor(path, value, language);
  const raw = html`<code data-claim="${path}">${typeof value === "string" ? value : JSON.stringify(value)}</code>`;
  return meaning === undefined ? raw : html`<span class="meaning">${meaning}</span> ${raw}`;
}

function timeText(path: string, value: unknown, language: Language): string | undefined {
  const exactness = explanationOf(path)?.time ?? null;
  if (exactness === null || !isTime(value)) return undefined;
  return exactness === "day" ? dayText(value, language) : minuteText(value, language);
}
