import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { wrongWith } from "../faults/attack-stage.ts";

/** Confused requests, the same ones for the same seed. */
export interface Fuzz {
  pick<Value>(values: readonly Value[]): Value;
  /** A query with some of these names, and others. */
  query(names: readonly string[]): string;
  headers(): Record<string, string>;
  /** A body that may be one of this kind, with some of the members confused. */
  body(kind: "json" | "form", members: Readonly<Record<string, unknown>>): RequestInit;
}

const bits = 0x1_0000_0000;

/** Numbers from 0 to 1 that look random, by a counter that is hashed. */
function numbers(seed: string): () => number {
  let count = 0;
  return () => createHash("sha256").update(`${seed} ${(count += 1)}`).digest().readUInt32BE(0) / bits;
}

const jwt = (header: unknown, payload: unknown): string => [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
/** Texts for any member. Each that comes back unescaped shows by its marker. */
const texts: readonly string[] = [
  "", " ", "\0", "A", "a".repeat(300), "a".repeat(9000), "-1", "0", "1e999", "NaN", "true", "null", "undefined", "[]", "{}", "[object Object]", "<attack>", "\"><attack>", "'; DROP TABLE person; --", "../../../etc/passwd", "%00", "%", "%E0%A4%A", "%0d%0aset-cookie:attack=1",
  "\r\nset-cookie: attack=1", "\ud800", "\u202e\u2066", "\ufeff", "e\u0301".repeat(200), "日本語", "𝕒".repeat(50), "__proto__", "constructor", "toString", "hasOwnProperty", "https://attack.example/", "javascript:attack()", "http://[::1", "file:///etc/passwd", "urn:attack", "urn:ietf:params:oauth:request_uri:AAAA",
  "..", "a.b", "a.b.c", "e30.e30.", "a.b.c.d.e", `${jwt({ alg: "none" }, { sub: "attack" })}.`, `${jwt({ alg: "HS256", kid: "../attack" }, { iss: "a", exp: 9e15 })}.AAAA`, `${jwt({ alg: "ES256", jwk: { kty: "EC" }, crit: ["attack"] }, "attack")}.AAAA`, `${jwt(null, null)}.AAAA`, `${jwt([], [[[]]])}.AAAA`,
  `${Buffer.from('{"alg":"dir","enc":"A256GCM","zip":"DEF"}').toString("base64url")}..AAAA.AAAA.AAAA`, `${jwt({ alg: "ES256", typ: "a".repeat(5000) }, {})}.AAAA`, "openid openid openid", "openid\u00a0offline_access", '{"id_token":{"acr":{"essential":true,"values":[[]]}}}', '{"__proto__":{"essential":true}}', `{"a":${"[".repeat(500)}${"]".repeat(500)}}`,
];
/** What else JSON may have where a text is expected. */
const values: readonly unknown[] = [null, true, 0, -1, 1e308, [], {}, [[]], ["A"], [null], { a: 1 }, { toString: "A", valueOf: 1 }, { length: 1, 0: "A" }, Array.from({ length: 500 }, () => "A"), JSON.parse('{"__proto__":{"a":1}}'), JSON.parse(`${"[".repeat(3000)}${"]".repeat(3000)}`)];
const types: readonly string[] = ["application/json", "application/x-www-form-urlencoded", "application/json; charset=utf-16", "text/plain", "multipart/form-data; boundary=a", "application/xml", "application/json, application/x-www-form-urlencoded", "attack", "application/x-www-form-urlencoded; charset=attack"];

function fuzzFrom(seed: string): Fuzz {
  const next = numbers(seed);
  const chance = (share: number): boolean => next() < share;
  const pick = <Value>(list: readonly Value[]): Value => list[Math.floor(next() * list.length)] as Value;
  /** Sometimes broken as no encoder would. */
  const pair = (name: string, text: string): string => (chance(0.1) ? `${name}=${text.replace(/[^\x21-\x7e]|[&#]/g, "%")}` : `${encodeURIComponent(name.toWellFormed())}=${encodeURIComponent(text.toWellFormed())}`);
  const named = (name: string): string => (chance(0.1) ? `${name}${pick(["[]", "[a]", "[__proto__]", ".a", "[0][0]"])}` : name);
  const pairs = (names: readonly string[]): string[] => [...names, pick(texts).slice(0, 20)].filter(() => chance(0.7)).flatMap((name) => Array.from({ length: chance(0.15) ? 2 : 1 }, () => pair(named(name), pick(texts))));

  const member = (usual: unknown): unknown => {
    if (chance(0.3)) return usual;
    if (typeof usual === "object" && usual !== null && chance(0.6)) return Object.fromEntries(Object.entries(usual).map(([name, value]) => [name, member(value)]));
    return chance(0.5) ? pick(values) : pick(texts);
  };
  const confusedJson = (members: Readonly<Record<string, unknown>>): string => {
    const text = JSON.stringify(Object.fromEntries([...Object.entries(members).filter(() => chance(0.9)).map(([name, value]) => [name, member(value)]), [pick(texts).slice(0, 50), pick(values)]]));
    return chance(0.1) ? text.slice(0, Math.floor(next() * text.length)) : text;
  };

  const headers = (): Record<string, string> => {
    const printable = (text: string): string => text.replace(/[^\x20-\x7e]/g, "").slice(0, 1000);
    const names = ["authorization", "dpop", "x-forwarded-for", "x-forwarded-host", "x-request-id", "traceparent", "range", "if-none-match", "if-modified-since", "accept-encoding", "client-cert", "sec-fetch-site", "x-http-method-override"];
    return Object.fromEntries(names.filter(() => chance(0.15)).map((name) => [name, `${pick(["", "Bearer ", "DPoP ", "Basic "])}${printable(pick(texts))}`]));
  };

  return {
    pick,
    query: (names) => pairs(names).join("&").slice(0, 9000),
    headers,
    body: (kind, members) => {
      const text = kind === "json" ? confusedJson(members) : pairs(Object.keys(members)).join("&");
      const isCompressed = chance(0.05);
      const type = chance(0.15) ? pick(types) : kind === "json" ? "application/json" : "application/x-www-form-urlencoded";
      return { body: isCompressed ? gzipSync(text) : text, headers: { "content-type": type, ...(isCompressed && { "content-encoding": pick(["gzip", "deflate", "br"]) }) } };
    },
  };
}

const perEndpoint = 25;

/** What is wrong with the answers to a fixed number of such requests, with the number of the first that led to it. */
export async function wrong(seed: string, ask: (fuzz: Fuzz) => Promise<{ status: number; headers: Headers; text: string }>): Promise<Record<string, number>> {
  const fuzz = fuzzFrom(seed);
  const found: Record<string, number> = {};
  for (let request = 0; request < perEndpoint; request += 1) {
    const { status, headers, text } = await ask(fuzz);
    const complaint = wrongWith({ status, text, type: headers.get("content-type") ?? "", location: headers.get("location") ?? "", cookies: headers.getSetCookie() });
    if (complaint !== null) found[complaint] ??= request;
  }
  return found;
}
