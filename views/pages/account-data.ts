import type { PageContext } from "../context.ts";
import { html, type Html } from "../html.ts";
import { layout } from "../layout.ts";
import { locales, messagesIn, type Locale, type Messages } from "../messages/index.ts";
import { notice } from "../parts.ts";
import { attributesSection, type AccountAttributes } from "./account-attributes.ts";
import { accountNavigation } from "./account-frame.ts";

export interface AccountDataContext extends PageContext {
  /** Absent where signature certificates are not accepted. */
  readonly attributes?: AccountAttributes;
  /** GET. */
  readonly exportUrl: string;
  /** GET. */
  readonly eraseUrl: string;
  /** What was just done. */
  readonly notice?: keyof Messages["account"]["notices"];
}

export function accountDataPage(context: AccountDataContext, locale: Locale): Html {
  const { account, accountData } = messagesIn(locale);
  const other = locales.find((each) => each !== locale) ?? locale;
  return layout(context, locale, { title: accountData.title, wide: true }, html`<h1>${accountData.title}</h1>
${accountNavigation("data", locale)}
<p class="lead">${accountData.lead}</p>
${context.notice !== undefined && html`<div role="status">${notice("success", account.notices[context.notice])}</div>`}
${context.attributes !== undefined && attributesSection(context.attributes, locale)}
<section aria-labelledby="export">
<h2 id="export">${accountData.export}</h2><p>${accountData.exportLead}</p>
<p><a class="button secondary" href="${context.exportUrl}">${accountData.exportLink}</a></p>
</section>
<section aria-labelledby="language">
<h2 id="language">${accountData.language}</h2><p>${accountData.languageNow}</p>
<p><a class="button secondary" href="?ui_locales=${other}" hreflang="${other}">${accountData.languageSwitch}</a></p>
</section>
<section aria-labelledby="erase">
<h2 id="erase">${accountData.erase}</h2><p>${accountData.eraseLead}</p>
<p><a class="button danger" href="${context.eraseUrl}">${accountData.eraseLink}</a></p>
</section>`);
}
