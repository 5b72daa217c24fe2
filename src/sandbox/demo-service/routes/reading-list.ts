import type { Context } from "koa";
import type { AddRoutes } from "../parts.ts";
import { readingListFor } from "../reading-list.ts";
import { readingListPath, readingListScope } from "../registration.ts";
import { ReplayGuard } from "../replay-guard.ts";
import { type AccessVerdict, verifyAccess } from "../resource.ts";

/** The API: a resource server of its own, that happens to live in this process. It reads no cookie. */
export const addReadingListRoute: AddRoutes = (router, { issuer, origin, clock, connection }) => {
  const used = new ReplayGuard();
  router.get(readingListPath, async (context) => {
    const now = clock();
    const call = { method: context.method, url: `${origin}${readingListPath}`, authorization: context.get("Authorization"), proof: context.get("DPoP") };
    const checks = { issuer, audience: `${origin}/api`, scope: readingListScope, keys: connection.signatureKeys, used, now };
    const verdict = await verifyAccess(call, checks);
    if (!verdict.valid) return challenge(context, verdict);
    context.body = readingListFor(verdict.claims, now);
  });
};

/** RFC 6750 3 and RFC 9449 7.1: what is missing, in the header that programs read. */
function challenge(context: Context, { status, error, at }: Extract<AccessVerdict, { valid: false }>): void {
  const parameters = [error !== null && `error="${error}"`, error === "insufficient_scope" && `scope="${readingListScope}"`, `algs="ES256"`].filter(Boolean);
  context.status = status;
  context.set("WWW-Authenticate", `DPoP ${parameters.join(", ")}`);
  context.body = { error: error ?? "invalid_token", error_description: at };
}
