import type { Language } from "../language.ts";
import { en } from "./en.ts";
import { ja } from "./ja.ts";

export type Messages = typeof ja;

const catalogues: Readonly<Record<Language, Messages>> = { ja, en };

/** The texts in one language. */
export const messagesIn = (language: Language): Messages => catalogues[language];
