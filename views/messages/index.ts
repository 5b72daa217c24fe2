import { catalogue, type ErrorCode } from "../../src/errors.ts";
import { en } from "./en.ts";
import { ja } from "./ja.ts";

export type Messages = typeof ja;
export const locales = ["ja", "en"] as const;
export type Locale = (typeof locales)[number];

const catalogues: Readonly<Record<Locale, Messages>> = { ja, en };

/** Every sentence of the pages in one language. */
export function messagesIn(locale: Locale): Messages {
  return catalogues[locale];
}

/** Several sentences as one paragraph: English puts a space between them, Japanese none. */
export function paragraph(locale: Locale, ...sentences: readonly string[]): string {
  return sentences.join(locale === "ja" ? "" : " ");
}

/** The catalogue's sentence for a refusal. */
export function errorSentence(code: ErrorCode, locale: Locale): string {
  return catalogue[code][locale];
}
