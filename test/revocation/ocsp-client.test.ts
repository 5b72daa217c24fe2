import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { type Behaviour, drips, floods, hangs, redirects, refusedUrl, sends, startServer } from "./servers.ts";
import { answerTo, issuer, ocspType, responder, subject } from "./world.ts";
import { createOcspClient, type OcspResponder } from "../../src/revocation/ocsp-client.ts";
import { now } from "../certificates/authority.ts";
import { enumerated, sequence } from "../certificates/der-writer.ts";
import { revoked, unknown } from "../certificates/ocsp-factory.ts";

/** One responder that answers well, badly, slowly, too much or not at all. */

async function ask(behaviour: Behaviour, options: Partial<OcspResponder> = {}): Promise<string> {
  const server = await startServer(behaviour);
  return askAt(server.url, options);
}

async function askAt(url: string, options: Partial<OcspResponder> = {}, deadlineMs = 400): Promise<string> {
  const client = createOcspClient({ url, ...options }, fetch);
  const verdict = await client.query(subject, { time: now, signal: AbortSignal.timeout(deadlineMs), isRevoked: () => false });
  return verdict.valid ? verdict.value.status : verdict.code;
}

const html = "<!doctype html><title>Welcome to the captive portal</title>";
const withoutNonce = responder({}, () => now, { extensions: [] });
/** The right answer, but for how HTTP carries it. */
const carried =
  (status: number, headers: Readonly<Record<string, string>>, encode: (body: Uint8Array) => Uint8Array = (body) => body): Behaviour =>
  (request, response) =>
    void response.writeHead(status, { "content-type": ocspType, ...headers }).end(encode(answerTo(request.body, now)));
const saysHuge: Behaviour = (_, response) => {
  response.writeHead(200, { "content-type": ocspType, "content-length": "104857600" });
  response.flushHeaders();
};
const closesEarly: Behaviour = (_, response) => {
  response.writeHead(200, { "content-type": ocspType, "content-length": "1000" });
  response.write(new Uint8Array(10), () => response.destroy());
};

type Row = readonly [name: string, behaviour: Behaviour, expected: string, options?: Partial<OcspResponder>];
const rows: readonly Row[] = [
  ["good", responder(), "good"],
  ["good, asked by SHA-256, answered by SHA-1", responder(), "good", { hash: "sha256" }],
  ["revoked", responder({ status: revoked(now - 60, 1) }), "revoked"],
  ["hold", responder({ status: revoked(now - 60, 6) }), "hold"],
  ["unknown", responder({ status: unknown }), "unknown"],
  ["no nonce in the answer, required", withoutNonce, "ocsp_nonce_mismatch"],
  ["no nonce in the answer, optional", withoutNonce, "good", { nonce: "optional" }],
  ["no nonce sent", withoutNonce, "good", { nonce: "none" }],
  ["older than the operator allows", responder({ thisUpdate: now - 61 }), "ocsp_not_fresh", { maximumAge: 60 }],
  ["500", sends("oops", "text/plain", 500), "ocsp_not_successful"],
  ["204", sends("", ocspType, 204), "ocsp_not_successful"],
  ["HTML with status 200", sends(html, "text/html"), "malformed_ocsp_response"],
  ["HTML called an OCSP answer", sends(html, ocspType), "malformed_ocsp_response"],
  ["empty body", sends("", ocspType), "malformed_ocsp_response"],
  ["garbage", sends(Buffer.alloc(500, 0x5a), ocspType), "malformed_ocsp_response"],
  ["tryLater", sends(sequence(enumerated(3)), ocspType), "ocsp_not_successful"],
  ["right, in a coding nobody asked for", carried(200, { "content-encoding": "gzip" }, gzipSync), "malformed_ocsp_response"],
  ["right, with parameters of the media type", carried(200, { "content-type": `${ocspType}; charset=binary` }), "good"],
  ["right, but called HTML", carried(200, { "content-type": "text/html" }), "malformed_ocsp_response"],
  ["right, but called nothing", carried(200, { "content-type": "" }), "malformed_ocsp_response"],
  ["right, with status 500", carried(500, {}), "ocsp_not_successful"],
  ["right, with status 203", carried(203, {}), "ocsp_not_successful"],
  ["right, with status 302 and no place to go", carried(302, {}), "ocsp_not_successful"],
  ["100 MB announced", saysHuge, "ocsp_response_too_large"],
  ["slow drip", drips(Buffer.alloc(60_000), ocspType), "status_unavailable"],
  ["no answer", hangs, "status_unavailable"],
  ["connection lost in the middle", closesEarly, "status_unavailable"],
];

test.each(rows.map(([name, behaviour, expected, options]) => ({ name, behaviour, expected, options })))("$name", async ({ behaviour, expected, options }) => {
  expect(await ask(behaviour, options)).toBe(expected);
});

test("100 MB of body: reading stops at the cap", async () => {
  let octets = 0;
  expect(await ask(floods(100 * 2 ** 20, ocspType, (sent) => (octets = sent)))).toBe("ocsp_response_too_large");
  expect(octets).toBeLessThan(20 * 2 ** 20);
});

test("a redirect is not followed", async () => {
  const elsewhere = await startServer(responder());
  expect(await ask(redirects(elsewhere.url))).toBe("ocsp_not_successful");
  expect(elsewhere.requests()).toBe(0);
});

test("connection refused", async () => {
  expect(await askAt(await refusedUrl())).toBe("status_unavailable");
});

test("each question has a nonce of its own", async () => {
  const nonces = new Set<string>();
  const server = await startServer((request, response) => {
    nonces.add(Buffer.from(request.body.subarray(-32)).toString("hex"));
    return responder()(request, response);
  });
  await askAt(server.url);
  await askAt(server.url);
  expect(nonces.size).toBe(2);
});

test("an answer recorded for one question is refused for the next", async () => {
  const recorded: Uint8Array[] = [];
  const server = await startServer((request, response) => {
    recorded.push(request.body);
    const [first = request.body] = recorded;
    return responder()({ ...request, body: first }, response);
  });
  expect(await askAt(server.url)).toBe("good");
  expect(await askAt(server.url)).toBe("ocsp_nonce_mismatch");
});

test("the URL in the certificate is never used", async () => {
  const asked: string[] = [];
  const watching: typeof fetch = (input, init) => {
    asked.push(String(input));
    return fetch(input, init);
  };
  const server = await startServer(responder());
  await createOcspClient({ url: server.url }, watching).query(subject, { time: now, signal: AbortSignal.timeout(400), isRevoked: () => false });
  expect(subject.certificate.extensions.authorityInfoAccess).toHaveLength(1);
  expect(issuer.extensions.basicConstraints?.cA).toBe(true);
  expect(asked).toEqual([server.url]);
});

test.each(["ftp://ocsp.example/", "file:///etc/passwd", "http://user:secret@ocsp.example/", "not a url"])("%s is no source", (url) => {
  expect(() => createOcspClient({ url }, fetch)).toThrow(TypeError);
});
