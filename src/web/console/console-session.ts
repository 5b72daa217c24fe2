import type { Context, Middleware } from "koa";
import { equalSecrets, randomBytes, toBase64Url, utf8 } from "../../bytes.ts";
import type { Clock } from "../../clock.ts";
import { Refusal } from "../../errors.ts";

const cookie = "jpki_console";
/** Seconds for which the printed address opens the console, and for which an unused console stays open. */
const tokenLife = 600;
const idleLife = 3600;

interface Session {
  readonly id: string;
  readonly csrf: string;
  lastUsed: number;
}

/** The one session of a console: opened once, by the token that the command printed. */
export interface ConsoleSessions {
  /** For the fragment of the printed address. */
  readonly token: string;
  /** Opens the session in this browser. @throws Refusal `access_denied` for a wrong token, and for the right one a second time. */
  open(ctx: Context, token: string): void;
  /** The anti-forgery token of this browser's session, or null when it has none. */
  csrfOf(ctx: Context): string | null;
  /** Lets only the session's own forms through. */
  readonly requireOwnForm: Middleware;
}

export function createConsoleSessions(clock: Clock, origin: () => string): ConsoleSessions {
  const token = secret();
  const until = clock() + tokenLife;
  let isUsed = false;
  let session: Session | null = null;

  const csrfOf = (ctx: Context): string | null => {
    if (session === null || clock() - session.lastUsed > idleLife || !isSame(ctx.cookies.get(cookie), session.id)) return null;
    session.lastUsed = clock();
    return session.csrf;
  };
  return {
    token, csrfOf,
    open: (ctx, presented) => {
      if (isUsed || clock() > until || !isSame(presented, token)) throw new Refusal("access_denied", "console token");
      isUsed = true;
      session = { id: secret(), csrf: secret(), lastUsed: clock() };
      ctx.cookies.set(cookie, session.id, { httpOnly: true, sameSite: "strict", path: "/" });
    },
    requireOwnForm: async (ctx, next) => {
      requireOwnOrigin(ctx, origin());
      const csrf = csrfOf(ctx);
      if (csrf === null) throw new Refusal("sign_in_required", "console session");
      if (!isSame((ctx.request.body as { csrf?: string } | undefined)?.csrf, csrf)) throw new Refusal("cross_site_request", "token");
      await next();
    },
  };
}

/** Whatever changes something comes from the console's own pages. @throws Refusal `cross_site_request`. */
export function requireOwnOrigin(ctx: Context, origin: string): void {
  const site = ctx.get("sec-fetch-site");
  if (ctx.get("origin") !== origin || (site !== "" && site !== "same-origin")) throw new Refusal("cross_site_request", "origin");
}

const secret = (): string => toBase64Url(randomBytes(32));
const isSame = (presented: unknown, expected: string): boolean => typeof presented === "string" && equalSecrets(utf8(presented), utf8(expected));
