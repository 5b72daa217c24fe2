import type { Context, Middleware, Next } from "koa";
import { type Html, render } from "../../views/html.ts";
import { catalogue, type ErrorCode, Refusal } from "../errors.ts";

/** What the router answers and the body parser throws, by HTTP status. */
const codeOfStatus: Readonly<Record<number, ErrorCode>> = {
  400: "invalid_request",
  404: "not_found",
  405: "method_not_allowed",
  413: "request_too_large",
  415: "unsupported_media_type",
  501: "method_not_allowed",
};

interface Words {
  languageOf(context: Context): "ja" | "en";
  refusalPage(code: ErrorCode, language: "ja" | "en"): Html;
}

/** Turns every refusal and failure below it into a coded answer: a page for a browser, JSON for the rest. */
export function answerErrors(words: Words): Middleware {
  return async (context: Context, next: Next): Promise<void> => {
    try {
      await next();
      // No route answered: the router leaves a bare status and, for a wrong method, the Allow header.
      const code = codeOfStatus[context.status];
      if (code !== undefined && context.body === undefined) throw new Refusal(code, "route");
    } catch (error) {
      answer(context, toRefusal(error, context), words);
    }
  };
}

function toRefusal(error: unknown, context: Context): Refusal {
  if (error instanceof Refusal) return error;
  const status = error instanceof Error && "status" in error ? Number(error.status) : 500;
  const code = codeOfStatus[status];
  if (code !== undefined) return new Refusal(code, "http");
  // The kind alone: a foreign message could carry a token.
  context.app.emit("error", new Error(error instanceof Error ? error.name : typeof error), context);
  return new Refusal("internal_error", "unexpected");
}

function answer(context: Context, { code, retryAfter }: Refusal, { languageOf, refusalPage }: Words): void {
  const language = languageOf(context);
  context.status = catalogue[code].status;
  if (retryAfter !== undefined) context.set("Retry-After", String(retryAfter));
  // What is left of the body is not the beginning of a next request.
  if (code === "request_too_large") context.set("Connection", "close");
  if (context.accepts("json", "html") === "html") {
    context.type = "html";
    context.body = render(refusalPage(code, language));
    return;
  }
  context.type = "json";
  context.body = { error: code, error_description: catalogue[code][language] };
}
