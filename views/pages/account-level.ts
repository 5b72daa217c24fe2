import { html, type Html } from "../html.ts";
import { messagesIn, type Locale } from "../messages/index.ts";
import { fact } from "../parts.ts";

/** A level of the present session, and why it is what it is. */
export interface AccountLevel {
  /** 1 to 3. */
  readonly level: number;
  readonly because: Readonly<Record<Locale, string>>;
  /** What keeps it from being higher; absent at the top. */
  readonly limit?: Readonly<Record<Locale, string>>;
}

export function levelEntry(scale: "ial" | "aal", { level, because, limit }: AccountLevel, locale: Locale): Html {
  const { account } = messagesIn(locale);
  return html`<div class="entry-head"><h3>${account.levelOf[scale]}</h3></div>
<dl class="facts">
${fact(account.level, levelInWords(scale, level, locale))}
${fact(account.levelWhy, because[locale])}
${limit !== undefined && fact(account.levelLimit, limit[locale])}
</dl>`;
}

/** A level by a word, and by its number among the three that there are. */
export function levelInWords(scale: "ial" | "aal", level: number, locale: Locale): Html {
  const { account } = messagesIn(locale);
  return html`${account.levelText(level)}<span>${account.levelOfThree(`${scale.toUpperCase()} ${level}`)}</span>`;
}
