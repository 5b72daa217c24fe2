import type { Context } from "koa";

export type Language = "ja" | "en";

const isLanguage = (value: unknown): value is Language => value === "ja" || value === "en";

/** `?ui_locales=` decides, then the browser; Japanese when neither says. */
export function languageOf(context: Context): Language {
  const asked = context.query["ui_locales"];
  if (isLanguage(asked)) return asked;
  const accepted = context.acceptsLanguages("ja", "en");
  return isLanguage(accepted) ? accepted : "ja";
}
