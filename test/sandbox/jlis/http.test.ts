import { describe, expect, test } from "vitest";
import { toBase64Url, toHex } from "../../../src/bytes.ts";
import { catalogue } from "../../../src/errors.ts";
import type { ErrorCode } from "../../../src/errors.ts";
import { authorityName } from "../../../src/sandbox/jlis/ca/profile.ts";
import { download, postJson, useJlis } from "./fixture.ts";

const phone = "http://localhost:3000";
const fixture = useJlis({ corsOrigins: [phone] });
const at = (path: string): string => `${fixture.jlis.origin}${path}`;

const json = { "content-type": "application/json" };
const form = { "content-type": "application/x-www-form-urlencoded" };
const issuer = toBase64Url(authorityName("user-authentication"));
const large = "x".repeat(70_000);

interface Row {
  readonly name: string;
  readonly path: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly code: ErrorCode;
}

const continuity: readonly [string, unknown, ErrorCode][] = [
  ["without a question", {}, "invalid_request"],
  ["serial not hex", { issuer, serial: "zz" }, "invalid_request"],
  ["half an octet", { issuer, serial: "401" }, "invalid_request"],
  ["21 octets", { issuer, serial: "01".repeat(21) }, "invalid_request"],
  ["serials in a list", { issuer, serial: ["01", "02"] }, "invalid_request"],
  ["issuer not base64url", { issuer: "a+b/", serial: "01" }, "invalid_request"],
  ["oversized issuer", { issuer: "A".repeat(1401), serial: "01" }, "invalid_request"],
  ["unknown issuer", { issuer: "MAA", serial: "401641" }, "not_found"],
  ["unknown serial", { issuer, serial: "ff".repeat(20) }, "not_found"],
];

const rows: readonly Row[] = [
  { name: "unknown path", path: "/nowhere", code: "not_found" },
  { name: "wrong method on a page", path: "/", method: "PUT", code: "method_not_allowed" },
  { name: "wrong method on OCSP", path: "/ocsp", method: "DELETE", code: "method_not_allowed" },
  { name: "an operation by GET", path: "/personas/good-phone/revoke", code: "method_not_allowed" },
  { name: "faults by GET", path: "/faults", code: "method_not_allowed" },

  { name: "unknown persona", path: "/personas/nobody/secure-element.json", code: "not_found" },
  { name: "persona named like a built-in", path: "/personas/__proto__/secure-element.json", code: "not_found" },
  { name: "operation on an unknown persona", path: "/personas/nobody/revoke", method: "POST", code: "not_found" },
  { name: "unknown operation", path: "/personas/good-phone/erase", method: "POST", code: "not_found" },
  { name: "unknown reason", path: "/personas/good-phone/revoke", method: "POST", headers: json, body: '{"reason":"whim"}', code: "invalid_request" },
  { name: "a hold as a reason to revoke", path: "/personas/good-phone/revoke", method: "POST", headers: json, body: '{"reason":"certificateHold"}', code: "invalid_request" },
  { name: "reason twice", path: "/personas/good-phone/revoke", method: "POST", headers: form, body: "reason=superseded&reason=superseded", code: "invalid_request" },
  { name: "a member that is not known", path: "/personas/good-phone/revoke", method: "POST", headers: json, body: '{"reasons":1}', code: "invalid_request" },
  { name: "a list for a body", path: "/personas/good-phone/revoke", method: "POST", headers: json, body: "[]", code: "invalid_request" },
  { name: "broken JSON", path: "/personas/good-phone/revoke", method: "POST", headers: json, body: "{", code: "invalid_request" },
  { name: "a body of another type", path: "/personas/good-phone/revoke", method: "POST", headers: { "content-type": "text/plain" }, body: "x", code: "unsupported_media_type" },
  { name: "an oversized operation", path: "/personas/good-phone/revoke", method: "POST", headers: json, body: large, code: "request_too_large" },
  { name: "an operation the state does not allow", path: "/personas/revoked/hold", method: "POST", code: "operation_not_possible" },
  { name: "an operation on a forgery", path: "/personas/sub-ca-forgery/revoke", method: "POST", code: "operation_not_possible" },

  { name: "unknown authority", path: "/crl/nobody-1/tokyo-chiyoda.crl", code: "not_found" },
  { name: "unknown partition", path: "/crl/signature-1/atlantis.crl", code: "not_found" },
  { name: "partition named like a built-in", path: "/crl/signature-1/constructor.crl", code: "not_found" },
  { name: "certificate of an unknown authority", path: "/authorities/nobody.cer", code: "not_found" },

  ...continuity.map(([name, body, code]): Row => ({ name: `continuity, ${name}`, path: "/continuity", method: "POST", headers: json, body: JSON.stringify(body), code })),
  { name: "continuity by GET: a serial number does not belong in a URL", path: `/continuity?issuer=${issuer}&serial=401641`, code: "method_not_allowed" },
  { name: "continuity of another type", path: "/continuity", method: "POST", headers: { "content-type": "text/plain" }, body: "{}", code: "invalid_request" },
  { name: "oversized continuity", path: "/continuity", method: "POST", headers: json, body: large, code: "request_too_large" },

  { name: "OCSP of another type", path: "/ocsp", method: "POST", headers: json, body: "{}", code: "unsupported_media_type" },
  { name: "oversized OCSP", path: "/ocsp", method: "POST", headers: { "content-type": "application/ocsp-request" }, body: large, code: "request_too_large" },

  { name: "a fault that is not known", path: "/faults", method: "POST", headers: json, body: '{"fire":true}', code: "invalid_request" },
  { name: "a fault of another type", path: "/faults", method: "POST", headers: json, body: '{"ocspDown":"yes"}', code: "invalid_request" },
  { name: "a negative delay", path: "/faults", method: "POST", headers: json, body: '{"ocspDelayMs":-1}', code: "invalid_request" },
  { name: "a delay over a minute", path: "/faults", method: "POST", headers: form, body: "ocspDelayMs=60001", code: "invalid_request" },
  { name: "a form without its delay", path: "/faults", method: "POST", headers: form, body: "ocspDown=on", code: "invalid_request" },
  { name: "oversized faults", path: "/faults", method: "POST", headers: form, body: `ocspDelayMs=${large}`, code: "request_too_large" },
];

test.each(rows)("$name -> $code, and nothing changes", async ({ path, method = "GET", headers = {}, body, code }) => {
  const before = [fixture.jlis.authority.certificates, fixture.jlis.faults.current];
  const response = await fetch(at(path), { method, headers, ...(body === undefined ? {} : { body }) });
  expect(await response.json()).toEqual({ error: code, error_description: catalogue[code].ja });
  expect(response.status).toBe(catalogue[code].status);
  expect([fixture.jlis.authority.certificates, fixture.jlis.faults.current]).toEqual(before);
});

test("a wrong method is told the right ones", async () => {
  const response = await fetch(at("/ocsp"), { method: "DELETE" });
  expect(response.headers.get("allow")).toBe("POST");
});

describe("requests from other sites", () => {
  test.each([
    ["another origin", { origin: "https://evil.example" }],
    ["an opaque origin", { origin: "null" }],
    ["another port of the same host", { origin: "http://localhost:1" }],
    ["said by the browser", { "sec-fetch-site": "cross-site" }],
    ["same site is not the same origin", { "sec-fetch-site": "same-site" }],
    ["typed into the address bar", { "sec-fetch-site": "none" }],
  ])("%s: refused", async (_name, headers) => {
    for (const path of ["/personas/good-phone/hold", "/faults"]) {
      const response = await fetch(at(path), { method: "POST", headers: { ...form, ...headers }, body: "" });
      expect(await response.json()).toMatchObject({ error: "cross_site_request" });
    }
    expect(fixture.jlis.personas.view("good-phone").state).toBe("good");
  });

  test.each(["localhost", "127.0.0.1"])("the page itself, opened as %s: accepted", async (host) => {
    const origin = fixture.jlis.origin.replace("localhost", host);
    const headers = { ...form, origin, "sec-fetch-site": "same-origin" };
    const response = await fetch(at("/faults"), { method: "POST", headers, body: "ocspDelayMs=0", redirect: "manual" });
    expect(response.status).toBe(303);
  });

  test("only configured origins may read a Secure Element", async () => {
    const allowedTo = async (origin: string): Promise<string | null> =>
      (await fetch(at("/personas/good-phone/secure-element.json"), { headers: { origin } })).headers.get("access-control-allow-origin");
    expect(await allowedTo(phone)).toBe(phone);
    expect(await allowedTo("https://evil.example")).toBeNull();
  });
});

describe("faults", () => {
  const askStatus = async (): Promise<Response> =>
    fetch(fixture.jlis.ocspUrl, { method: "POST", headers: { "content-type": "application/ocsp-request" }, body: "?" });

  test("OCSP down answers 503 with Retry-After until it is up again", async () => {
    expect(await (await postJson(at("/faults"), { ocspDown: true })).json()).toMatchObject({ ocspDown: true, staleCrl: false });
    const down = await askStatus();
    expect([down.status, down.headers.get("retry-after")]).toEqual([503, "5"]);
    expect(await down.json()).toMatchObject({ error: "service_unavailable" });
    await postJson(at("/faults"), { ocspDown: false });
    expect((await askStatus()).status).toBe(200);
  });

  test("slow OCSP waits that long", async () => {
    await postJson(at("/faults"), { ocspDelayMs: 300 });
    const begun = performance.now();
    await askStatus();
    expect(performance.now() - begun).toBeGreaterThanOrEqual(295);
    await postJson(at("/faults"), { ocspDelayMs: 0 });
  });

  test("a form sets every switch", async () => {
    const body = "ocspDown=on&ocspDelayMs=10";
    await fetch(at("/faults"), { method: "POST", headers: form, body, redirect: "manual" });
    expect(await (await fetch(at("/faults.json"))).json()).toEqual({ ocspDown: true, ocspDelayMs: 10, staleCrl: false });
    await fetch(at("/faults"), { method: "POST", headers: form, body: "ocspDelayMs=0", redirect: "manual" });
    expect(await (await fetch(at("/faults.json"))).json()).toEqual({ ocspDown: false, ocspDelayMs: 0, staleCrl: false });
  });

  test("a slow answer does not hold up the end of the server", async () => {
    await fixture.jlis.faults.set({ ocspDelayMs: 60_000 });
    const waiting = askStatus().catch(() => "cut off");
    await new Promise((resolve) => setTimeout(resolve, 50));
    await fixture.jlis.faults.set({ ocspDelayMs: 0 });
    const begun = performance.now();
    await fixture.restart();
    await waiting;
    expect(performance.now() - begun).toBeLessThan(10_000);
  });
});

test("the authorities' certificates can be downloaded", async () => {
  const [anchor] = fixture.jlis.anchors().userAuthentication;
  expect(toHex(await download(at("/authorities/user-authentication-1.cer")))).toBe(toHex(anchor ?? new Uint8Array()));
});
