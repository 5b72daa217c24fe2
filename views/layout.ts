import type { PageContext, ScriptName } from "./context.ts";
import { html, type Html } from "./html.ts";
import { icons } from "./icons.ts";
import { locales, messagesIn, type Locale } from "./messages/index.ts";

interface Page {
  readonly title: string;
  /** The browser module of the page. */
  readonly script?: ScriptName;
  /** The page does its work without the module too, so it need not ask for JavaScript. */
  readonly scriptOptional?: boolean;
  /** What the module is given, as `data-…` attributes of `<main>`. */
  readonly data?: Readonly<Record<`data-${string}`, string | undefined>>;
  /** For the operator: what is promised to people who sign in has no place there. */
  readonly forOperator?: boolean;
  /** Room for lists instead of one narrow column. */
  readonly wide?: boolean;
}

/** The frame of every page. `body` starts with the one `<h1>`, or with {@link heading}. */
export function layout(context: PageContext, locale: Locale, page: Page, body: Html): Html {
  const { common } = messagesIn(locale);
  return html`<!doctype html>
<html lang="${locale}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<meta name="csrf-token" content="${context.csrf}">
<title>${page.title} | ${common.product}</title>
<link rel="stylesheet" href="${context.assets.style}">
${page.script !== undefined && html`<script type="module" src="${context.assets.script(page.script)}"></script>`}
</head>
<body>
<a class="skip" href="#main">${common.skip}</a>
<header class="header">
${context.sandbox && html`<p class="sandbox">${icons.information}<span>${common.sandbox}</span></p>`}
<div class="header-row">
<span class="brand">${icons.bridge}<span>${common.product}</span></span>
${languageLink(context, locale)}
</div>
</header>
<main id="main" class="${page.wide === true ? "main wide" : "main"}" tabindex="-1"${Object.entries(page.data ?? {}).map(attribute)}>
${page.script !== undefined && page.scriptOptional !== true && html`<noscript><p class="notice warning">${icons.warning}<span>${common.noScript}</span></p></noscript>`}
${body}
</main>
${page.forOperator !== true && html`<footer class="footer"><p>${common.noMyNumber}</p></footer>`}
</body>
</html>
`;
}

function languageLink(context: PageContext, locale: Locale): Html {
  const { common } = messagesIn(locale);
  const other = locales.find((each) => each !== locale) ?? locale;
  const address = `${context.here ?? ""}?ui_locales=${other}`;
  return html`<a class="language" href="${address}" lang="${other}" hreflang="${other}" aria-label="${common.otherLanguageLabel}" data-language>${common.otherLanguage}</a>`;
}

function attribute([name, value]: readonly [string, string | undefined]): Html | undefined {
  return value === undefined ? undefined : html` ${name}="${value}"`;
}
