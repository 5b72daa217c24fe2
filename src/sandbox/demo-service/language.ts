import type { Context } from "koa";

export type Language = "ja" | "en";
export const languages: readonly Language[] = ["ja", "en"];

/** One text in both languages. */
export type Text = Readonly<Record<Language, string>>;

const isLanguage = (value: unknown): value is Language => value === "ja" || value === "en";

/** `?lang=` decides, then the language the session was last seen in, then the browser; Japanese when none says. */
export function languageOf(context: Context, remembered?: Language): Language {
  const asked = context.query["lang"];
  if (isLanguage(asked)) return asked;
  if (remembered !== undefined) return remembered;
  const accepted = context.acceptsLanguages(...languages);
  return isLanguage(accepted) ? accepted : "ja";
}
