import type { Context } from "koa";
import { randomBytes, toBase64Url } from "../bytes.ts";
import type { WebPorts } from "./ports.ts";

type Issuer = Pick<WebPorts, "issuer">;

const isSecure = ({ issuer }: Issuer): boolean => issuer.startsWith("https:");

/**
 * Cookies are read by this server alone, and over TLS wherever the issuer has it. There their names
 * begin with `__Host-`: a neighbour under the same domain can then plant none.
 */
export function cookieOptions(ports: Issuer): { httpOnly: true; secure: boolean; path: string } {
  return { httpOnly: true, secure: isSecure(ports), path: "/" };
}

export const cookieName = (ports: Issuer, name: string): string => (isSecure(ports) ? `__Host-${name}` : name);

/** Whether TLS is in use is the issuer's to say: it ends before us, at whatever stands in front. */
export function trustIssuerForCookies(ctx: Context, ports: Issuer): void {
  ctx.cookies.secure = isSecure(ports);
}

const browserCookie = "jpki_browser";

/** The secret by which a browser proves that it opened an enrolment transaction. */
export function browserSecret(ctx: Context, ports: Issuer): string | undefined {
  return ctx.cookies.get(cookieName(ports, browserCookie));
}

/** See {@link browserSecret}: made anew for each transaction, so that none that was planted is ever used. */
export function newBrowserSecret(ctx: Context, ports: Issuer): string {
  const made = toBase64Url(randomBytes(32));
  ctx.cookies.set(cookieName(ports, browserCookie), made, { ...cookieOptions(ports), sameSite: "strict" });
  return made;
}
