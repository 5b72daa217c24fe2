import type { Context } from "koa";
import { randomBytes, toBase64Url } from "../bytes.ts";
import type { WebPorts } from "./ports.ts";

/** Cookies are read by this server alone, and over TLS wherever the issuer has it. */
export function cookieOptions(ports: Pick<WebPorts, "issuer">): { httpOnly: true; secure: boolean; path: string } {
  return { httpOnly: true, secure: ports.issuer.startsWith("https:"), path: "/" };
}

const browserCookie = "jpki_browser";

/** The secret by which a browser proves that it opened an enrolment transaction. */
export function browserSecret(ctx: Context): string | undefined {
  return ctx.cookies.get(browserCookie);
}

/** See {@link browserSecret}; made when there is none yet. */
export function ensureBrowserSecret(ctx: Context, ports: WebPorts): string {
  const known = browserSecret(ctx);
  if (known !== undefined && known.length === 43) return known;
  const made = toBase64Url(randomBytes(32));
  ctx.cookies.set(browserCookie, made, { ...cookieOptions(ports), sameSite: "strict" });
  return made;
}
