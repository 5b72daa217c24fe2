import { describe, expect, test } from "vitest";
import type { WebPorts } from "../../src/web/ports.ts";
import { allowFormsTo, securityHeaders } from "../../src/web/security-headers.ts";
import { serve } from "./serve.ts";

const headersFor = async (issuer: string, ...origins: string[]): Promise<Headers> => {
  const served = await serve([securityHeaders({ issuer } as WebPorts), async (ctx, next) => {
    if (origins.length > 0) allowFormsTo(ctx, ...origins);
    await next();
  }]);
  return (await served.ask("/")).headers;
};
const directives = (headers: Headers): Record<string, string> =>
  Object.fromEntries((headers.get("content-security-policy") ?? "").split(";").map((part) => part.trim().split(/ (.*)/)).map(([name = "", value = ""]) => [name, value]));

describe("every answer", () => {
  test("allows nothing but its own scripts, styles, images, fonts and calls", async () => {
    expect(directives(await headersFor("https://login.example.jp"))).toEqual({
      "default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "img-src": "'self' data:", "font-src": "'self'", "connect-src": "'self'",
      "base-uri": "'none'", "form-action": "'self'", "frame-ancestors": "'none'",
    });
  });

  const expected: [string, string][] = [["x-frame-options", "DENY"], ["x-content-type-options", "nosniff"], ["cross-origin-opener-policy", "same-origin"], ["cross-origin-resource-policy", "same-origin"], ["referrer-policy", "same-origin"]];
  test.each(expected)("says %s: %s", async (name, value) => expect((await headersFor("https://login.example.jp")).get(name)).toBe(value));

  test("keeps browsers on TLS for a year, where the issuer has it", async () => {
    expect((await headersFor("https://login.example.jp")).get("strict-transport-security")).toBe("max-age=31536000; includeSubDomains");
    expect((await headersFor("http://localhost:3000")).get("strict-transport-security")).toBeNull();
  });

  test("does not tell what it runs on", async () => expect((await headersFor("https://login.example.jp")).get("x-powered-by")).toBeNull());
});

describe("a form that ends elsewhere", () => {
  test.each([["https://rp.example"], ["http://localhost:3100"], ["https://rp.example:8443"], ["http://[::1]:3100"], ["https://xn--r8jz45g.jp"]])("may end at %s, and nothing else is loosened", async (origin) => {
    const found = directives(await headersFor("https://login.example.jp", origin));
    expect(found["form-action"]).toBe(`'self' ${origin}`);
    expect({ ...found, "form-action": "'self'" }).toEqual(directives(await headersFor("https://login.example.jp")));
  });

  test("may end at several", async () => expect(directives(await headersFor("https://login.example.jp", "https://a.example", "https://b.example"))["form-action"]).toBe("'self' https://a.example https://b.example"));

  const nasty = ["*", "https://*.example", "https://a.example; script-src *", "https://a.example 'unsafe-inline'", "javascript:alert(1)", "data:", "https://a.example/path", "'none'", "", "https://a.example,https://b.example", "HTTPS://a.example\nx"];
  test.each(nasty)("never at %j", async (origin) => {
    expect(directives(await headersFor("https://login.example.jp", origin))).toEqual(directives(await headersFor("https://login.example.jp")));
  });
});
