import { gzipSync } from "node:zlib";
import { expect } from "vitest";
import { catalogue, type ErrorCode } from "../../src/errors.ts";
import { errorSentence } from "../../views/messages/index.ts";
import type { Answer } from "../support/http-browser.ts";

/** What the protocols say of a wrong request besides the codes of the catalogue. */
const protocolErrors = [
  "invalid_client", "invalid_grant", "invalid_scope", "invalid_target", "invalid_token", "invalid_dpop_proof", "unsupported_grant_type",
  "unsupported_response_type", "unauthorized_client", "invalid_redirect_uri", "unsupported_token_type", "invalid_request_uri", "invalid_request_object",
];

const isCode = (text: string): text is ErrorCode => Object.hasOwn(catalogue, text);

/** A refusal by its code, as JSON or as a page in the person's language, that gives nothing of the inside away. */
export function expectBadInput({ status, headers, text }: Answer, locale: "ja" | "en" = "en", code?: ErrorCode): void {
  expect(text).not.toMatch(/node_modules|\bat \S+ \(|\.[jt]s:\d+|SyntaxError|TypeError|ZodError|Prisma/);
  expect(status).toBeGreaterThanOrEqual(400);
  expect(status).toBeLessThan(500);
  if (headers.get("content-type")?.startsWith("application/json") === true) {
    const { error = "", error_description } = JSON.parse(text) as { error?: string; error_description?: string };
    if (!isCode(error)) return expect(protocolErrors).toContain(error);
    if (code !== undefined) expect(error).toBe(code);
    expect(typeof error_description).toBe("string");
    return;
  }
  const shown = /<code>([a-z_]+)<\/code>/.exec(text)?.[1] ?? "";
  expect(isCode(shown)).toBe(true);
  if (code !== undefined) expect(shown).toBe(code);
  expect(text).toContain(`lang="${locale}"`);
  expect(text).toContain(errorSentence(shown as ErrorCode, locale));
}

export interface BadBody {
  readonly name: string;
  readonly init: () => RequestInit;
  /** When it is known for every endpoint. */
  readonly code?: ErrorCode;
}

const json = "application/json";
const bad = (name: string, type: string | null, body: () => string | Uint8Array<ArrayBuffer> | undefined, code?: ErrorCode, headers: Record<string, string> = {}): BadBody => ({
  name,
  init: () => {
    const made = body();
    return { ...(made !== undefined && { body: made }), headers: { ...(type !== null && { "content-type": type }), ...headers } };
  },
  ...(code !== undefined && { code }),
});

const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
const filled = (length: number): string => JSON.stringify({ filler: "a".repeat(length) });

/** Bodies that no JSON endpoint can read. */
export const unreadableJson: readonly BadBody[] = [
  bad("no body", null, () => undefined, "unsupported_media_type"),
  bad("octets without a type", null, () => bytes("{}"), "unsupported_media_type"),
  bad("an empty body", json, () => undefined, "invalid_request"),
  bad("a body of spaces", json, () => "   ", "invalid_request"),
  bad("text/plain", "text/plain", () => "{}", "unsupported_media_type"),
  bad("a form", "application/x-www-form-urlencoded", () => "a=b", "unsupported_media_type"),
  bad("multipart", "multipart/form-data; boundary=x", () => "--x--", "unsupported_media_type"),
  bad("XML", "application/xml", () => "<a/>", "unsupported_media_type"),
  bad("a type that is no type", "json", () => "{}", "unsupported_media_type"),
  bad("octets that are no UTF-8", json, () => Uint8Array.from([0x7b, 0xff, 0xfe, 0x7d]), "invalid_request"),
  bad("70 KiB", json, () => filled(70 * 1024), "request_too_large"),
  bad("10 MB", json, () => filled(10_000_000), "request_too_large"),
  bad("60 MB, compressed", json, () => Uint8Array.from(gzipSync(filled(60_000_000))), "request_too_large", { "content-encoding": "gzip" }),
  bad("garbage for gzip", json, () => "garbage", "invalid_request", { "content-encoding": "gzip" }),
  bad("an unknown encoding", json, () => "{}", undefined, { "content-encoding": "bogus" }),
  bad("half an object", json, () => '{"a":', "invalid_request"),
  bad("single quotes", json, () => "{'a':1}", "invalid_request"),
  bad("a trailing comma", json, () => '{"a":1,}', "invalid_request"),
  bad("two values", json, () => "{}{}", "invalid_request"),
  bad("NUL bytes", json, () => "\0\0\0", "invalid_request"),
  bad("NUL bytes in a string", json, () => '{"a":"\0"}', "invalid_request"),
  bad("a text", json, () => '"text"', "invalid_request"),
  bad("a number", json, () => "1e999", "invalid_request"),
  bad("null", json, () => "null", "invalid_request"),
  bad("a list", json, () => "[]", "invalid_request"),
  bad("a list of objects", json, () => "[{}]", "invalid_request"),
  bad("30,000 lists in each other", json, () => "[".repeat(30_000) + "]".repeat(30_000), "invalid_request"),
  bad("__proto__", json, () => '{"__proto__":{"secret":"a","number":"00"}}', "invalid_request"),
];

const formType = "application/x-www-form-urlencoded";

/** Bodies that no form endpoint takes. */
export const unreadableForm: readonly BadBody[] = [
  bad("no body", null, () => undefined, "unsupported_media_type"),
  bad("JSON", json, () => "{}", "unsupported_media_type"),
  bad("text/plain", "text/plain", () => "a=b", "unsupported_media_type"),
  bad("multipart", "multipart/form-data; boundary=x", () => "--x--", "unsupported_media_type"),
  bad("70 KiB", formType, () => `a=${"a".repeat(70 * 1024)}`, "request_too_large"),
  bad("10 MB", formType, () => `a=${"a".repeat(10_000_000)}`, "request_too_large"),
  bad("garbage for gzip", formType, () => "garbage", "invalid_request", { "content-encoding": "gzip" }),
  bad("an unknown encoding", formType, () => "a=b", undefined, { "content-encoding": "bogus" }),
  bad("nothing but separators", formType, () => "&&&===&&&", "cross_site_request"),
  bad("broken percents", formType, () => "csrf=%E0%A4%A&a=%", "cross_site_request"),
  bad("NUL bytes", formType, () => "csrf=%00%00", "cross_site_request"),
  bad("20,000 parameters", formType, () => "a=&".repeat(20_000)),
  bad("brackets in brackets", formType, () => `a${"[b]".repeat(5000)}=c`),
  bad("__proto__", formType, () => "__proto__[csrf]=a&__proto__=b", "cross_site_request"),
];

/** Values of a wrong form for a member that should be a text. */
export const wrongValues: readonly [string, unknown][] = [
  ["a list", ["a"]], ["a list of lists", [[["a"]]]], ["an object", { a: "b" }], ["a number", 42], ["true", true], ["null", null], ["an empty text", ""],
  ["60,000 characters", "a".repeat(60_000)], ["an object that acts as a text", { toString: "a", length: 2 }],
];
