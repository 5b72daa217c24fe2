import type { Context } from "koa";
import { describe, expect, test } from "vitest";
import { toBase64Url } from "../../src/bytes.ts";
import { readBody } from "../../src/web/body.ts";
import { csrfToken, requireSameSite } from "../../src/web/csrf.ts";
import type { WebPorts } from "../../src/web/ports.ts";
import { serve, type Served } from "./serve.ts";

const ports = { issuer: "https://login.example.jp" } as WebPorts;
const token = toBase64Url(new Uint8Array(32).fill(1));
const other = toBase64Url(new Uint8Array(32).fill(2));
const form = "application/x-www-form-urlencoded";

const guarded = (): Promise<Served> => serve([readBody("form"), requireSameSite(ports)], () => ({ passed: true }));
async function post(headers: Record<string, string>, body = ""): Promise<Record<string, unknown>> {
  return (await (await guarded()).ask("/", { method: "POST", headers: { "content-type": form, ...headers }, body: body === "" ? "x=1" : body })).body;
}
// With the prefix that the name has where the issuer is https, and without.
const cookie = (value: string): { cookie: string } => ({ cookie: `jpki_csrf=${value}; __Host-jpki_csrf=${value}` });
const ownSite = { origin: "https://login.example.jp", "sec-fetch-site": "same-origin" };

describe("a request that changes something", () => {
  const passing: [string, Record<string, string>, string][] = [
    ["with the token in the form", { ...cookie(token), ...ownSite }, `csrf=${token}`],
    ["with the token in a header", { ...cookie(token), ...ownSite, "x-csrf-token": token }, ""],
    ["of a browser that names neither site nor origin", cookie(token), `csrf=${token}`],
  ];
  test.each(passing)("%s passes", async (_name, headers, body) => expect(await post(headers, body)).toEqual({ passed: true }));

  const refused: [string, Record<string, string>, string, string][] = [
    ["without a token", { ...cookie(token), ...ownSite }, "", "token"],
    ["without the cookie", ownSite, `csrf=${token}`, "token"],
    ["with another's token", { ...cookie(token), ...ownSite }, `csrf=${other}`, "token"],
    ["with a token in the header that is another's, though the form's is right", { ...cookie(token), ...ownSite, "x-csrf-token": other }, `csrf=${token}`, "token"],
    ["with empty token and cookie", { ...cookie(""), ...ownSite }, "csrf=", "token"],
    ["with a short token in both", { ...cookie("AAAA"), ...ownSite }, "csrf=AAAA", "token"],
    ["with a long token in both", { ...cookie(token + token), ...ownSite }, `csrf=${token}${token}`, "token"],
    ["with text that is no base64url in both", { ...cookie("x".repeat(42) + "!"), ...ownSite }, `csrf=${"x".repeat(42)}!`, "token"],
    ["with a list of tokens", { ...cookie(token), ...ownSite }, `csrf[]=${token}`, "token"],
    ["with the token twice", { ...cookie(token), ...ownSite }, `csrf=${token}&csrf=${token}`, "token"],
    ["of another site", { ...cookie(token), "sec-fetch-site": "cross-site" }, `csrf=${token}`, "sec-fetch-site"],
    ["of a sister site", { ...cookie(token), "sec-fetch-site": "same-site" }, `csrf=${token}`, "sec-fetch-site"],
    ["typed into the address bar, as far as a browser says", { ...cookie(token), "sec-fetch-site": "none" }, `csrf=${token}`, "sec-fetch-site"],
    ["of another origin", { ...cookie(token), origin: "https://evil.example" }, `csrf=${token}`, "origin"],
    ["of the origin null", { ...cookie(token), origin: "null" }, `csrf=${token}`, "origin"],
    ["of a subdomain", { ...cookie(token), origin: "https://x.login.example.jp" }, `csrf=${token}`, "origin"],
    ["of the same host by http", { ...cookie(token), origin: "http://login.example.jp" }, `csrf=${token}`, "origin"],
    ["of the same host on another port", { ...cookie(token), origin: "https://login.example.jp:8443" }, `csrf=${token}`, "origin"],
  ];
  test.each(refused)("%s is refused (%#)", async (_name, headers, body, detail) => expect(await post(headers, body)).toMatchObject({ code: "cross_site_request", detail }));
});

describe("the token of a browser", () => {
  const issuing = (issuer = ports.issuer): Promise<Served> => serve([], (ctx: Context) => ({ tokens: [csrfToken(ctx, { issuer } as WebPorts), csrfToken(ctx, { issuer } as WebPorts)] }));
  const secure = async (issuer: string, headers = {}): Promise<{ tokens: string[]; cookie: string | null }> => {
    // Koa sets a secure cookie on a connection that a proxy vouches for alone.
    const served = await serve([], (ctx: Context) => ({ tokens: [csrfToken(ctx, { issuer } as WebPorts), csrfToken(ctx, { issuer } as WebPorts)] }), { proxy: true });
    const { body, headers: answered } = await served.ask("/", { headers: { "x-forwarded-proto": "https", ...headers } });
    return { tokens: body["tokens"] as string[], cookie: answered.get("set-cookie") };
  };

  test("is made once a page, 32 octets, in a cookie that scripts cannot read and TLS alone carries", async () => {
    const { tokens, cookie: set } = await secure("https://login.example.jp");
    expect(tokens[0]).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(tokens[1]).toBe(tokens[0]);
    expect(set).toContain(`jpki_csrf=${tokens[0]}`);
    for (const attribute of ["httponly", "secure", "path=/"]) expect(set?.toLowerCase()).toContain(attribute);
  });

  test("comes along when another site links here: else it would be replaced under the pages open in other tabs", async () => {
    expect((await secure("https://login.example.jp")).cookie?.toLowerCase()).toContain("samesite=lax");
  });

  test("is kept while the browser has it, and replaced when it is damaged", async () => {
    const served = await issuing("http://localhost:3000");
    const known = await served.ask("/", { headers: cookie(token) });
    expect([known.body["tokens"], known.headers.get("set-cookie")]).toEqual([[token, token], null]);
    for (const damaged of ["AAAA", token.slice(1), `${token}A`, "x".repeat(43) + "!"]) {
      const { body, headers } = await served.ask("/", { headers: cookie(damaged) });
      expect((body["tokens"] as string[])[0]).not.toBe(damaged);
      expect(headers.get("set-cookie")).toContain("jpki_csrf=");
    }
  });
});
