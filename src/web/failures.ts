import type { Context, Middleware } from "koa";
import { errorPage } from "../../views/pages/index.ts";
import { errorSentence } from "../../views/messages/index.ts";
import { AttemptRefusal } from "../enrolment/index.ts";
import { catalogue, type ErrorCode, Refusal } from "../errors.ts";
import { isOutage } from "../provider/index.ts";
import { sendJson, sendPage } from "./context.ts";
import { localeOf } from "./locale.ts";
import type { WebPorts } from "./ports.ts";
import { noteRefusal } from "./requests.ts";

/**
 * Every failure leaves here, once: as JSON for scripts and apps, as a page for people, with a code
 * from the catalogue. What the operator needs goes to the log, without anything personal.
 */
export function failures(ports: WebPorts): Middleware {
  return async (ctx, next) => {
    try {
      await next();
      if (ctx.status === 404 && ctx.body === undefined && ctx.respond !== false) throw new Refusal("not_found", "no route");
    } catch (error) {
      const refusal = toRefusal(error, ports);
      try {
        answer(ctx, ports, refusal);
      } catch (failure) {
        // Nothing may be lost in silence, not even the failure to tell of one.
        ports.log.error({ kind: failure instanceof Error ? failure.name : "unknown", at: whereThrown(failure), refusal: refusal.code }, "failure without a page");
        ctx.status = 500;
        ctx.type = "text/plain; charset=utf-8";
        ctx.body = "internal_error";
      }
    }
  };
}

function toRefusal(error: unknown, ports: WebPorts): Refusal {
  if (error instanceof Refusal) return error;
  const name = error instanceof Error ? error.name : "";
  // The provider has no interaction for this cookie: it expired, was used, or belongs to another browser.
  if (name === "SessionNotFound") return new Refusal("interaction_expired", name);
  ports.log.error({ kind: name, at: whereThrown(error) }, "unexpected failure");
  if (isOutage(error)) return new Refusal("service_unavailable", "the database has no room or does not answer, or the token does not sign");
  return new Refusal("internal_error", name);
}

/** File and line of our own code, without the message, which could quote input. */
function whereThrown(error: unknown): string {
  const frame = error instanceof Error ? error.stack?.split("\n").find((line) => line.includes("/src/")) : undefined;
  return frame?.replace(/^.*\/src\//, "src/").replace(/\)$/, "") ?? "outside";
}

function answer(ctx: Context, ports: WebPorts, refusal: Refusal): void {
  const { code, retryAfter } = refusal;
  const { status, retry } = catalogue[code];
  const { requestId } = ctx.state as { requestId: string };
  noteRefusal(ctx, refusal);
  ctx.status = status;
  const wait = retryAfter ?? (status === 503 || status === 429 ? 10 : undefined);
  if (wait !== undefined) ctx.set("retry-after", String(wait));
  if (wantsJson(ctx)) sendJson(ctx, refusalBody(ctx, refusal));
  else sendPage(ctx, ports, errorPage, { code, requestId, homeUrl: "/", ...(retryAfter !== undefined && { retryAfter }), ...(retry && ctx.method === "GET" && isOwnPath(ctx.path) && { retryUrl: ctx.path }) });
  ctx.status = status;
}

/** A path that begins with two slashes is, as a link, another host. */
const isOwnPath = (path: string): boolean => /^\/(?![/\\])/.test(path);

/** The JSON of a refusal (RFC 6749 5.2 in form). */
export function refusalBody(ctx: Context, refusal: Refusal): { error: ErrorCode; error_description: string; attempts_left?: number } {
  const attempts = refusal instanceof AttemptRefusal ? { attempts_left: refusal.attemptsLeft } : {};
  return { error: refusal.code, error_description: errorSentence(refusal.code, localeOf(ctx)), ...attempts };
}

const wantsJson = (ctx: Context): boolean => ctx.path.startsWith("/enrolment/v1/") || ctx.accepts(["html", "json"]) === "json";
