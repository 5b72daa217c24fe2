import type { Context, Middleware, Next } from "koa";
import { catalogue, Refusal } from "../../../errors.ts";
import type { ErrorCode } from "../../../errors.ts";
import { render } from "../../../../views/html.ts";
import { languageOf } from "./language.ts";
import { refusalPage } from "./page.ts";

/** What the router answers and the body parser throws, by HTTP status. */
const codeOfStatus: Readonly<Record<number, ErrorCode>> = {
  400: "invalid_request",
  404: "not_found",
  405: "method_not_allowed",
  413: "request_too_large",
  415: "unsupported_media_type",
  501: "method_not_allowed",
};

/** Turns every refusal and failure below it into a coded answer: a page for a browser, JSON for the rest. */
export function answerErrors(): Middleware {
  return async (context: Context, next: Next): Promise<void> => {
    try {
      await next();
      // No route answered: the router leaves a bare status and, for a wrong method, the Allow header.
      const code = codeOfStatus[context.status];
      if (code !== undefined && context.body === undefined) throw new Refusal(code, "route");
    } catch (error) {
      answer(context, toRefusal(error, context));
    }
  };
}

function toRefusal(error: unknown, context: Context): Refusal {
  if (error instanceof Refusal) return error;
  const status = error instanceof Error && "status" in error ? Number(error.status) : 500;
  const code = codeOfStatus[status];
  if (code !== undefined) return new Refusal(code, "http");
  context.app.emit("error", error, context);
  return new Refusal("internal_error", "unexpected");
}

function answer(context: Context, refusal: Refusal): void {
  const { status } = catalogue[refusal.code];
  const language = languageOf(context);
  context.status = status;
  if (refusal.retryAfter !== undefined) context.set("Retry-After", String(refusal.retryAfter));
  // What is left of the body is not the beginning of a next request.
  if (refusal.code === "request_too_large") context.set("Connection", "close");
  if (context.accepts("json", "html") === "html") {
    context.type = "html";
    context.body = render(refusalPage(refusal.code, language));
    return;
  }
  context.type = "json";
  context.body = { error: refusal.code, error_description: catalogue[refusal.code][language] };
}
