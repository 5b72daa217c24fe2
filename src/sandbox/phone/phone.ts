import type Koa from "koa";
import { render } from "../../../views/html.ts";
import { phonePage } from "../../../views/pages/index.ts";
import { bundleAssets } from "../../web/assets.ts";
import { localeOf } from "../../web/locale.ts";
import type { Jlis } from "../jlis/jlis.ts";

/** The page that plays the app on a phone: it enrols at the issuers it is given, with a persona's Secure Element. */
export function addPhonePage(jlis: Jlis, issuers: readonly string[]): void {
  jlis.router.get("/phone", async (ctx: Koa.Context) => {
    const { assets } = await bundleAssets();
    const locale = localeOf(ctx);
    const { persona } = ctx.query;
    ctx.set("content-security-policy", phonePolicy(issuers));
    ctx.type = "text/html; charset=utf-8";
    ctx.body = render(
      phonePage(
        {
          csrf: "", sandbox: true, assets, issuers,
          personas: jlis.personas.list().map(({ persona: { id, title, description } }) => ({ id, name: title[locale], note: description[locale] })),
          personasBase: "/personas",
          ...(typeof persona === "string" && { chosen: persona }),
        },
        locale,
      ),
    );
  });
  jlis.router.get("/assets/:file", async (ctx: Koa.Context) => {
    const file = (await bundleAssets()).files.get(ctx.path);
    if (file === undefined) return;
    ctx.type = file.type;
    ctx.body = Buffer.from(file.body);
  });
}

/** The page's script talks to the issuers, as an app would. */
function phonePolicy(issuers: readonly string[]): string {
  const origins = issuers.map((issuer) => new URL(issuer).origin).join(" ");
  return `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self' ${origins}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;
}
