import type { KoaContextWithOIDC, Provider } from "oidc-provider";
import type { Observer } from "../observability/index.ts";

/** The library's own names, and those that it takes from us: what else is sent is not counted by its name. */
const grantTypes: ReadonlySet<unknown> = new Set(["authorization_code", "refresh_token", "client_credentials", "urn:ietf:params:oauth:grant-type:device_code", "urn:openid:params:grant-type:ciba"]);
const isPending: ReadonlySet<string> = new Set(["authorization_pending", "slow_down"]);

/** Counts token responses and refusals. Whoever polls and is told to wait was not refused. */
export function observeTokens(provider: Provider, observer: Observer): void {
  provider.on("grant.success", (ctx) => observer.tokensIssued(grantTypeOf(ctx)));
  provider.on("grant.error", (ctx, { error }) => {
    if (!isPending.has(error)) observer.tokensRefused(grantTypeOf(ctx), error);
  });
}

/** The last word of its name; `other` of what nobody offers. */
function grantTypeOf({ oidc }: KoaContextWithOIDC): string {
  const asked = oidc.params?.["grant_type"];
  return typeof asked === "string" && grantTypes.has(asked) ? asked.slice(asked.lastIndexOf(":") + 1) : "other";
}
