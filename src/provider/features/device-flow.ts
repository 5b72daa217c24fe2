import type { Configuration, KoaContextWithOIDC } from "oidc-provider";

/** Why a user code was not taken. */
export type UserCodeProblem = "wrong" | "expired" | "used" | "cancelled" | "unmet" | "failed";

/** Pages of the device authorization grant; rendered by web. `xsrf` goes back with every form. */
export interface DeviceFlowPages {
  userCode(ctx: KoaContextWithOIDC, form: { readonly xsrf: string; readonly problem?: UserCodeProblem }): void;
  confirm(ctx: KoaContextWithOIDC, form: { readonly xsrf: string; readonly userCode: string }): void;
  done(ctx: KoaContextWithOIDC): void;
}

type DeviceFlow = Required<Pick<NonNullable<Configuration["features"]>, "deviceFlow">>;

/** Seconds a user code can be entered. */
export const userCodeLife = 600;

/**
 * The device authorization grant (RFC 8628). Codes have 8 of 20 letters: no vowels, so that no words
 * come about, and no digits, so that every keyboard will do (6.1).
 */
export function deviceFlow(pages: DeviceFlowPages): DeviceFlow {
  return {
    deviceFlow: {
      enabled: true,
      charset: "base-20",
      mask: "****-****",
      deviceInfo: () => ({}),
      userCodeInputSource: (ctx, _form, _out, error) => {
        if (error !== undefined && !isStored(ctx)) beginAgain(ctx);
        else pages.userCode(ctx, { xsrf: xsrfOf(ctx), ...(error !== undefined && { problem: problemOf(error) }) });
      },
      userCodeConfirmSource: (ctx, _form, _client, _deviceInfo, userCode) => pages.confirm(ctx, { xsrf: xsrfOf(ctx), userCode }),
      successSource: (ctx) => pages.done(ctx),
    },
  };
}

/** The library keeps it in the session, anew for every page. */
const xsrfOf = (ctx: KoaContextWithOIDC): string => (ctx.oidc.session as unknown as { state?: { secret?: string } }).state?.secret ?? "";

/** Somebody's, or the one that the browser came with: who comes with one that is over is given one where that is counted. */
function isStored({ oidc: { session, provider }, cookies }: KoaContextWithOIDC): boolean {
  return session?.exp !== undefined && (session.accountId !== undefined || session.jti === cookies.get(provider.cookieName("session"), { signed: false }));
}

/**
 * For whoever posts without a session, or with one that has ended. The library would put the form's secret into one
 * that it cannot save any more, and fail; a form that is asked for has a session.
 */
function beginAgain(ctx: KoaContextWithOIDC): void {
  (ctx.oidc.session as unknown as { touched: boolean }).touched = false;
  ctx.redirect(ctx.oidc.urlFor("code_verification"));
  ctx.status = 303;
}

const problems: Readonly<Record<string, UserCodeProblem>> = {
  NoCodeError: "wrong",
  NotFoundError: "wrong",
  ExpiredError: "expired",
  AlreadyUsedError: "used",
  AbortedError: "cancelled",
};

function problemOf(error: Error): UserCodeProblem {
  const { error: code } = error as { error?: string };
  return code === "unmet_authentication_requirements" ? "unmet" : (problems[error.name] ?? "failed");
}
