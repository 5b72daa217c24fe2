import type { Context } from "koa";
import { type Html, render } from "../../../views/html.ts";
import { languageOf } from "./language.ts";
import type { PageContext } from "./pages/layout.ts";
import type { ServiceParts } from "./parts.ts";
import type { Session } from "./session.ts";

/** What a page needs to know of its request. A page that answers something else than its own path names one. */
export function pageContext(context: Context, parts: ServiceParts, session: Session | null, path = context.path): PageContext {
  return { language: languageOf(context, session?.language), path, styleSheet: parts.styleSheet.path };
}

export function show(context: Context, page: Html, status = 200): void {
  context.status = status;
  context.type = "html";
  context.vary("Accept-Language");
  context.body = render(page);
}

/** Sends the browser on with a GET, in its language (RFC 9110 15.4.4). */
export function seeOther(context: Context, path: string, session: Session | null): void {
  context.redirect(`${path}?lang=${languageOf(context, session?.language)}`);
  context.status = 303;
}
