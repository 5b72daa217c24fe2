import { html, type Html, type Renderable } from "../../../../views/html.ts";
import { icons } from "../../../../views/icons.ts";
import type { Language } from "../language.ts";
import { messagesIn } from "../messages/index.ts";

/** What every page is given. */
export interface PageContext {
  readonly language: Language;
  /** The page's own path, for the link to the other language. */
  readonly path: string;
  readonly styleSheet: string;
}

/** The frame of every page. `body` starts with the one `<h1>`. */
export function layout({ language, path, styleSheet }: PageContext, title: string, body: Renderable): Html {
  const { frame } = messagesIn(language);
  const other = language === "ja" ? "en" : "ja";
  return html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${title} | ${frame.service}</title>
<link rel="stylesheet" href="${styleSheet}">
<link rel="icon" type="image/svg+xml" href="/icon.svg">
</head>
<body>
<a class="skip" href="#main">${frame.skip}</a>
<header class="header">
<p class="sandbox">${icons.information}<span>${frame.banner}</span></p>
<div class="header-row">
<a class="brand" href="/?lang=${language}">${leaf}<span>${frame.service}</span></a>
<a class="language" href="${path}?lang=${other}" lang="${other}" hreflang="${other}" aria-label="${frame.otherLanguageLabel}">${frame.otherLanguage}</a>
</div>
</header>
<main id="main" class="main wide" tabindex="-1">
${body}
</main>
<footer class="footer"><p>${frame.service} — ${frame.tagline}</p><p>${frame.footer}</p></footer>
</body>
</html>
`;
}

const leafLines = html`<path d="M3.5 5.5c3-1.2 5.8-.9 8.5 1v13c-2.7-1.9-5.5-2.2-8.5-1zM20.5 5.5c-3-1.2-5.8-.9-8.5 1v13c2.7-1.9 5.5-2.2 8.5-1z"/><path d="M12 6.5c0-2 1-3.5 3-4.5"/>`;

const leaf = html`<svg class="icon" viewBox="0 0 24 24" width="24" height="24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">${leafLines}</svg>`;

/** The picture of the browser's tab. */
export const tabIcon = html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#2c7a7b" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">${leafLines}</svg>`;
