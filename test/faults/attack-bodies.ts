import { gzipSync } from "node:zlib";
import type { Attack } from "./attack-stage.ts";

/** Bodies that are expensive to read, wherever one is read. */

const json = { "content-type": "application/json", accept: "application/json" };
export const form = { "content-type": "application/x-www-form-urlencoded", accept: "application/json" };
const asJson = (body: string | Uint8Array, headers = {}): Attack => ({ method: "POST", path: "/enrolment/v1/transactions/AAAAAAAAAAAAAAAAAAAAAA/claim", headers: { ...json, ...headers }, body });
const asForm = (where: string, body: string | Uint8Array, headers = {}): Attack => ({ method: "POST", path: where, headers: { ...form, ...headers }, body });
const everywhere = (body: string | Uint8Array, headers = {}): Attack[] => [asJson(body, headers), ...["/token", "/par", "/introspect", "/authorize", "/account/enrolment", "/device"].map((where) => asForm(where, body, headers))];
const times = (count: number, attacks: readonly Attack[]): Attack[] => Array.from({ length: count }, () => attacks).flat();
const deep = (depth: number): string => `{"a":${"[".repeat(depth)}${"]".repeat(depth)}}`;
const jwt = (header: object, payload: object): string => [header, payload, {}].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
const megabytes = Buffer.alloc(10_000_000, "a");
const bomb = gzipSync(Buffer.alloc(60_000_000, "a"));
const manyKeys = JSON.stringify(Object.fromEntries(Array.from({ length: 5000 }, (_, key) => [`${key * 65_537}`, 1])));
/** By what a sentence calls them. */
export const bodies: readonly (readonly [string, readonly Attack[]])[] = [
  ["bodies of 10 MB", times(3, everywhere(megabytes))],
  ["bodies of 10 MB in chunks", times(3, everywhere(megabytes, { "transfer-encoding": "chunked" }))],
  ["small bodies that become 60 MB", times(4, everywhere(bomb, { "content-encoding": "gzip" }))],
  ["bodies compressed many times", times(4, everywhere(gzipSync(gzipSync(bomb)), { "content-encoding": "gzip, gzip, gzip" }))],
  ["JSON in JSON 30,000 times", times(40, [asJson(deep(30_000)), asJson(`${'{"a":'.repeat(9000)}1${"}".repeat(9000)}`)])],
  ["JSON with thousands of keys that meet in a hash table", times(60, [asJson(manyKeys), asJson(manyKeys.replaceAll("1,", '"\\u0000",'))])],
  ["JSON that names prototypes", times(20, [asJson('{"__proto__":{"secret":"a"},"constructor":{"prototype":{"secret":"a"}}}')])],
  ["forms of 20,000 parameters", times(6, everywhere("a=&".repeat(20_000)))],
  ["forms with brackets in brackets", times(6, everywhere(`a${"[b]".repeat(9000)}=c`))],
  ["requests signed with huge headers", times(20, [asForm("/par", `client_id=shop&request=${jwt({ alg: "ES256", typ: "a".repeat(20_000) }, {})}`), asForm("/token", `grant_type=authorization_code&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer&client_assertion=${jwt({ alg: "ES256", crit: Array.from({ length: 2000 }, (_, name) => `c${name}`) }, { iss: "shop", sub: "shop" })}`)])],
  ["requests encrypted and compressed", times(20, [asForm("/par", `client_id=shop&request=${Buffer.from(JSON.stringify({ alg: "dir", enc: "A256GCM", zip: "DEF" })).toString("base64url")}..AAAA.${"A".repeat(20_000)}.AAAA`)])],
  ["proofs of possession with huge headers", times(30, [{ ...asJson("{}"), headers: { ...json, dpop: jwt({ alg: "ES256", typ: "dpop+jwt", jwk: { kty: "EC", x: "a".repeat(8000) } }, {}) } }])],
];
