import { gzipSync } from "node:zlib";
import type { Context } from "koa";
import { describe, expect, test } from "vitest";
import { readBody } from "../../src/web/body.ts";
import { serve } from "./serve.ts";

const json = "application/json";
const form = "application/x-www-form-urlencoded";
const echo = (ctx: Context): unknown => ({ read: ctx.request.body });
async function send(kind: "json" | "form", type: string | undefined, body: RequestInit["body"], headers: Record<string, string> = {}): Promise<Record<string, unknown>> {
  const served = await serve([readBody(kind)], echo);
  return (await served.ask("/", { method: "POST", headers: { ...(type !== undefined && { "content-type": type }), ...headers }, body: body ?? null })).body;
}
const object = (octets: number): string => JSON.stringify({ text: "x".repeat(octets - 11) });

describe("bodies that are read", () => {
  const rows: [string, "json" | "form", string, RequestInit["body"], unknown][] = [
    ["an object", "json", json, '{"a":[1,{"b":null}]}', { a: [1, { b: null }] }],
    ["an empty object", "json", json, "{}", {}],
    ["with a charset", "json", `${json}; charset=utf-8`, '{"a":"「署名」"}', { a: "「署名」" }],
    ["of exactly 64 KiB", "json", json, object(65_536), { text: "x".repeat(65_525) }],
    ["a form", "form", form, "a=1&b=%E7%BD%B2", { a: "1", b: "署" }],
    ["a form that names __proto__", "form", form, "__proto__[x]=1&a=1", { a: "1" }],
  ];
  test.each(rows)("%s", async (_name, kind, type, body, expected) => expect(await send(kind, type, body)).toEqual({ read: expected }));
  test("compressed", async () => expect(await send("json", json, gzipSync('{"a":1}'), { "content-encoding": "gzip" })).toEqual({ read: { a: 1 } }));
});

describe("bodies that are refused", () => {
  const rows: [string, "json" | "form", string | undefined, RequestInit["body"], string][] = [
    ["none", "json", undefined, undefined, "unsupported_media_type"],
    ["none, of the right type", "json", json, undefined, "invalid_request"],
    ["JSON where a form is expected", "form", json, "{}", "unsupported_media_type"],
    ["a form where JSON is expected", "json", form, "a=1", "unsupported_media_type"],
    ["JSON as text, which another site may send without asking", "json", "text/plain", "{}", "unsupported_media_type"],
    ["multipart", "form", "multipart/form-data; boundary=x", "--x--", "unsupported_media_type"],
    ["XML", "json", "application/xml", "<a/>", "unsupported_media_type"],
    ["an invented type", "json", "application/json+x", "{}", "unsupported_media_type"],
    ["broken JSON", "json", json, '{"a":', "invalid_request"],
    ["a number", "json", json, "1", "invalid_request"],
    ["text", "json", json, '"text"', "invalid_request"],
    ["null", "json", json, "null", "invalid_request"],
    ["a list", "json", json, "[1]", "invalid_request"],
    ["two objects", "json", json, "{}{}", "invalid_request"],
    ["one octet over 64 KiB", "json", json, object(65_537), "request_too_large"],
    ["a form over 64 KiB", "form", form, `a=${"x".repeat(65_536)}`, "request_too_large"],
  ];
  test.each(rows)("%s", async (_name, kind, type, body, code) => expect(await send(kind, type, body)).toMatchObject({ code }));

  test("a small body that becomes a large one", async () => {
    expect(await send("json", json, gzipSync(object(10_000_000)), { "content-encoding": "gzip" })).toMatchObject({ code: "request_too_large" });
  });
  test("an encoding nobody knows, or another than it says", async () => {
    expect(await send("json", json, "{}", { "content-encoding": "zstd-of-my-own" })).toMatchObject({ code: "invalid_request" });
    expect(await send("json", json, "{}", { "content-encoding": "gzip" })).toMatchObject({ code: "invalid_request" });
  });
  test("nothing of what was sent is said again", async () => {
    const answer = await send("json", json, '{"secret-of-mine": ');
    expect(JSON.stringify(answer)).not.toContain("secret-of-mine");
  });
});
