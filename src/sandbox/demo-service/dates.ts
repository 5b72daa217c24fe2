import type { Language } from "./language.ts";

const tags = { ja: "ja-JP", en: "en-GB" } as const;

const format = (seconds: number, language: Language, options: Intl.DateTimeFormatOptions): string =>
  new Intl.DateTimeFormat(tags[language], { timeZone: "Asia/Tokyo", ...options }).format(new Date(seconds * 1000));

/** A day in Japan, inside a sentence. `seconds` since the epoch. */
export const dayText = (seconds: number, language: Language): string => format(seconds, language, { dateStyle: "long" });

/** A day and minute in Japan, inside a sentence. `seconds` since the epoch. */
export const minuteText = (seconds: number, language: Language): string => format(seconds, language, { dateStyle: "long", timeStyle: "short" });

/** Whether a claim's number can be a time at all: `Date` covers no more. */
export const isTime = (value: unknown): value is number => typeof value === "number" && Math.abs(value) <= 8.64e12;
