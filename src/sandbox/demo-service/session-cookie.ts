import type { Context } from "koa";
import { languageOf } from "./language.ts";
import type { ServiceParts } from "./parts.ts";
import type { Session, SessionStore } from "./session.ts";

/** Cookies do not tell ports apart: this must not be a name of the bridge, which begin with `jpki_`. */
const name = "demo_session";

/** The session of this browser, or null. */
export function sessionOf(context: Context, sessions: SessionStore): Session | null {
  return sessions.find(context.cookies.get(name, { signed: true }));
}

/** The session of this browser, opened if there is none. */
export function openSession(context: Context, parts: ServiceParts): Session {
  const known = sessionOf(context, parts.sessions);
  if (known !== null) return known;
  const session = parts.sessions.open(languageOf(context));
  sendCookie(context, session, parts);
  return session;
}

/** Hands the browser its session. `lax`, because the provider's answer comes from another site. */
export function sendCookie(context: Context, session: Session, { origin, clock }: ServiceParts): void {
  const secure = origin.startsWith("https:");
  context.cookies.set(name, session.id, { signed: true, httpOnly: true, sameSite: "lax", secure, path: "/", maxAge: (session.expiresAt - clock()) * 1000 });
}
