import { html, type Html } from "./html.ts";
import type { Locale } from "./messages/index.ts";

const tags = { ja: "ja-JP", en: "en-GB" } as const;

function timeElement(seconds: number, locale: Locale, options: Intl.DateTimeFormatOptions): Html {
  const moment = new Date(seconds * 1000);
  const text = new Intl.DateTimeFormat(tags[locale], { timeZone: "Asia/Tokyo", ...options }).format(moment);
  return html`<time datetime="${moment.toISOString()}">${text}</time>`;
}

/** A day in Japan. `seconds` since the epoch. */
export function day(seconds: number, locale: Locale): Html {
  return timeElement(seconds, locale, { dateStyle: "long" });
}

/** A day and minute in Japan. `seconds` since the epoch. */
export function minute(seconds: number, locale: Locale): Html {
  return timeElement(seconds, locale, { dateStyle: "long", timeStyle: "short" });
}
