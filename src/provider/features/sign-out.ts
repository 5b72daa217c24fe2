import type { KoaContextWithOIDC, Provider } from "oidc-provider";

/** The field of our own form that says what sign-out was asked for. */
export const signOutRequestField = "request";

/** What sign-out was asked for, as a query: the client stands for the hint that named it. */
export function signOutRequest({ client, params = {} }: KoaContextWithOIDC["oidc"]): string {
  const query = new URLSearchParams(client === undefined ? {} : { client_id: client.clientId });
  for (const name of ["post_logout_redirect_uri", "state", "ui_locales"]) {
    const value = params[name];
    if (typeof value === "string") query.set(name, value);
  }
  return query.toString();
}

/**
 * Whoever is not signed in is asked nothing: the library leads them to where the sign-out ends by a form that sends
 * itself. A browser lets it end there only if the page allows it.
 */
export function letUnaskedSignOutsEnd(provider: Provider, allow: (ctx: KoaContextWithOIDC) => void): void {
  provider.use(async (ctx, next) => {
    await next();
    const { oidc } = ctx as Partial<KoaContextWithOIDC>;
    if (oidc?.route === "end_session" && oidc.session?.accountId === undefined) allow(ctx as KoaContextWithOIDC);
  });
}
