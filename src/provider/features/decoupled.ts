import { errors, type KoaContextWithOIDC, type Provider } from "oidc-provider";
import type { Clock } from "../../clock.ts";
import { createPolling } from "../polling.ts";

/** What the library leaves out for clients that ask again and again whether somebody has signed in yet. */
export function addSlowDown(provider: Provider, clock: Clock): void {
  const tooSoon = createPolling(clock);
  provider.use(async (ctx, next) => {
    await next();
    const { route, params } = (ctx as KoaContextWithOIDC).oidc ?? {};
    // No code for the person can be given, so none is asked for (CIBA 4).
    if (route === "discovery" && isRecord(ctx.body)) ctx.body = { ...ctx.body, backchannel_user_code_parameter_supported: false };
    if (route !== "token" || !isRecord(ctx.body) || ctx.body["error"] !== "authorization_pending") return;
    const asked = params?.["device_code"] ?? params?.["auth_req_id"];
    const { error, error_description } = new errors.SlowDown();
    if (typeof asked === "string" && tooSoon(asked)) ctx.body = { error, error_description };
  });
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
