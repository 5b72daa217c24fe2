import type { KoaContextWithOIDC, Provider } from "oidc-provider";
import type { Clock } from "../clock.ts";
import { longestSession } from "./lifetimes.ts";

/**
 * Sends the cookie of a session only where it is another than came. The library sends it with every answer: one that
 * comes late would put the id of before in place of the one that a sign-in in another tab has given meanwhile, and the
 * browser were signed out. Nor does an authorization request give one to who is not signed in: it needs none. So the
 * cookie must last as long as a session may; when it was used last the session itself knows.
 */
export function sendOnlyNewSessions(provider: Provider, clock: Clock): void {
  const name = provider.cookieName("session");
  provider.use(async (ctx, next) => {
    const came = ctx.cookies.get(name, { signed: false });
    await next();
    const sent = ctx.res.getHeader("set-cookie");
    const { session } = (ctx as Partial<KoaContextWithOIDC>).oidc ?? {};
    if (session === undefined || !Array.isArray(sent)) return;
    const isSignedIn = session.accountId !== undefined;
    const isNew = session.jti !== came && (isSignedIn || !ctx.path.startsWith("/authorize"));
    const last = new Date((clock() + longestSession) * 1000).toUTCString();
    const kept = sent.flatMap((line) => {
      if (!isOfSession(line, name) || isRemoval(line)) return [line];
      if (!isNew) return [];
      return [isSignedIn ? line.replace(/(?<=; expires=)[^;]*/i, last) : line];
    });
    if (kept.length > 0) ctx.res.setHeader("set-cookie", kept);
    else ctx.res.removeHeader("set-cookie");
  });
}

/** The cookie itself, or its signature. */
const isOfSession = (line: string, name: string): boolean => line.startsWith(`${name}=`) || line.startsWith(`${name}.sig=`);
const isRemoval = (line: string): boolean => line.includes("expires=Thu, 01 Jan 1970");
