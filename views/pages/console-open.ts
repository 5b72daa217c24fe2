import type { PageContext } from "../context.ts";
import { html, type Html } from "../html.ts";
import { layout } from "../layout.ts";
import { messagesIn, type Locale } from "../messages/index.ts";
import { statusRegion } from "../parts.ts";

export type ConsoleOpenContext = PageContext;

/** Takes the token out of the address's fragment, which no server is sent, and opens the console with it. */
export function consoleOpenPage(context: ConsoleOpenContext, locale: Locale): Html {
  const { open } = messagesIn(locale).console;
  const page = { title: open.title, forOperator: true, script: "console", data: { "data-session-url": "/session", "data-messages": JSON.stringify(open) } } as const;
  return layout(context, locale, page, html`<h1>${open.title}</h1>
${statusRegion()}`);
}
