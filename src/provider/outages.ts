import type { Provider } from "oidc-provider";
import { isOutage } from "../storage/index.ts";

/** Seconds after which asking again may help. */
const retryAfter = "10";

/** What the library calls a fault of its own is, when the database has no room or does not answer, one of the moment (RFC 6749 4.1.2.1). */
export function answerOutages(provider: Provider): void {
  provider.on("server_error", (ctx, error) => {
    if (!isOutage(error) || ctx.status < 500) return;
    const body: unknown = ctx.body;
    // Before the body: to set a body anew sets the status.
    if (typeof body === "object" && body !== null && "error" in body) ctx.body = { ...body, error: "temporarily_unavailable", error_description: "try again shortly" };
    ctx.status = 503;
    ctx.set("retry-after", retryAfter);
  });
}

/** The error that a page is to show. */
export const shownError = (out: { error: string; error_description?: string | undefined }, error: Error): { error: string; error_description?: string | undefined } => (isOutage(error) ? { error: "service_unavailable" } : out);
