import { errors, type KoaContextWithOIDC, Provider } from "oidc-provider";
import { signOutRequestField } from "./features/sign-out.ts";

/** The cookie is that of a session that ended a moment ago: signed in or out meanwhile, the browser has another by now. */
class SessionEnded extends errors.SessionNotFound {
  /** It is the browser's to ask again, and says nothing to the relying party. */
  override readonly allow_redirect = false;
  override error = "session_ended";
}

const mark = "again";

/**
 * Ends the request under way, the cookie of which is of an ended session, where it may be sent again: once, by a browser.
 * @throws SessionEnded
 */
export function haveAskedAgain(): void {
  const { ctx } = Provider as unknown as { readonly ctx?: KoaContextWithOIDC };
  if (ctx?.method !== "GET" || ctx.query[mark] !== undefined || ctx.accepts("json", "html") !== "html") return;
  // No redirect URI is answered to. The library would look for one in parameters that it has not read yet, and fail where the query has none.
  Object.assign(ctx.oidc, { redirectUriCheckPerformed: true });
  throw new SessionEnded("the session has ended");
}

/**
 * Where a refusal says no more than that the session is another by now, the browser is sent to ask again, with the
 * cookies that it has then. A confirmation of a sign-out becomes the question once more, which can do no more than a
 * link can: whoever is not signed in any more is led to where the sign-out was to end.
 * @returns whether it was.
 */
export function askAgain(ctx: KoaContextWithOIDC, error: Error): boolean {
  const address = addressOf(ctx, error);
  if (address === null) return false;
  ctx.redirect(address);
  ctx.status = 303;
  return true;
}

function addressOf({ oidc, path, querystring }: KoaContextWithOIDC, error: Error): string | null {
  if (error instanceof SessionEnded) {
    const query = new URLSearchParams(querystring);
    query.set(mark, "1");
    return `${path}?${query}`;
  }
  // By our own form alone: what the library posts by itself could go round in circles.
  const asked = oidc.route === "end_session_confirm" && error instanceof errors.InvalidRequest ? oidc.body?.[signOutRequestField] : undefined;
  return typeof asked === "string" ? `${oidc.urlFor("end_session")}?${new URLSearchParams(asked)}` : null;
}
