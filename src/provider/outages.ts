import { errors, type KoaContextWithOIDC, type Provider } from "oidc-provider";
import { isOutage as isStorageOutage } from "../storage/index.ts";
import { TokenError } from "./pkcs11/return-values.ts";

/** Seconds after which asking again may help. */
const retryAfter = "10";
const told = { error: "temporarily_unavailable", error_description: "try again shortly" } as const;

type ShowError = (ctx: KoaContextWithOIDC, error: { error: string }) => Promise<void>;

/** Whether asking again may help: the database has no room or does not answer, or the token does not sign: it was taken out, is busy, or hangs. */
export const isOutage = (error: unknown): boolean => isStorageOutage(error) || error instanceof TokenError;

/** What the library calls a fault of its own is, when the database has no room or does not answer, one of the moment (RFC 6749 4.1.2.1). */
export function answerOutages(provider: Provider, showError: ShowError): void {
  provider.on("server_error", (ctx, error) => {
    if (!isOutage(error) || ctx.status < 500) return;
    const body: unknown = ctx.body;
    // Before the body: to set a body anew sets the status.
    if (typeof body === "object" && body !== null && "error" in body) ctx.body = { ...body, ...told };
    ctx.status = 503;
    ctx.set("retry-after", retryAfter);
  });
  // The session is kept after all else, where the library answers no errors any more.
  provider.use(async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      // Another request gave the session a new id, or ended it, at the same time.
      const isOver = error instanceof errors.SessionNotFound;
      if (!isOver && !isOutage(error)) throw error;
      if (!isOver) provider.emit("error", error, ctx);
      // What was answered does not hold: nobody has that session.
      for (const name of ["location", "set-cookie"]) ctx.remove(name);
      if (ctx.accepts("json", "html") === "html") await showError(ctx as KoaContextWithOIDC, { error: isOver ? "interaction_expired" : "service_unavailable" });
      else ctx.body = isOver ? { error: error.error, error_description: error.error_description } : told;
      ctx.status = isOver ? 400 : 503;
      if (!isOver) ctx.set("retry-after", retryAfter);
    }
  });
}

/** The error that a page is to show. */
export const shownError = (out: { error: string; error_description?: string | undefined }, error: Error): { error: string; error_description?: string | undefined } => (isOutage(error) ? { error: "service_unavailable" } : out);
