import { describe, expect, test } from "vitest";
import { toBase64Url, utf8 } from "../../src/bytes.ts";
import { continuityFrom } from "../../src/enrolment/continuity.ts";
import { type Behaviour, refusedUrl, startServer } from "../revocation/servers.ts";

const certificate = { issuer: utf8("issuer"), serialNumber: Uint8Array.of(1, 255) };
const previous = { issuer: toBase64Url(utf8("issuer")), serial: "00fe" };

const sending = (body: string, { status = 200, type = "application/json" } = {}): Behaviour => (_request, response) => {
  response.writeHead(status, { "content-type": type }).end(body);
};
const said = (body: unknown): Behaviour => sending(JSON.stringify(body));

describe("the question for the certificate before", () => {
  test("travels in a body, and the answer is taken", async () => {
    const seen: { path: string; body: string }[] = [];
    const server = await startServer(({ path, body }, response) => {
      seen.push({ path, body: new TextDecoder().decode(body) });
      response.writeHead(200, { "content-type": "application/json; charset=utf-8" }).end(JSON.stringify({ previous }));
    });
    expect(await continuityFrom(server.url)(certificate)).toEqual({ issuer: utf8("issuer"), serialNumber: Uint8Array.of(0, 254) });
    expect(seen).toEqual([{ path: "/", body: JSON.stringify({ issuer: toBase64Url(utf8("issuer")), serial: "01ff" }) }]);
  });

  test("is answered by null where there is none", async () => {
    const server = await startServer(said({ previous: null }));
    expect(await continuityFrom(server.url)(certificate)).toBeNull();
  });

  const rows: readonly [string, Behaviour][] = [
    ["HTTP 503", sending("{}", { status: 503 })],
    ["HTTP 404", sending(JSON.stringify({ previous: null }), { status: 404 })],
    ["HTTP 500 with an answer in it", sending(JSON.stringify({ previous: null }), { status: 500 })],
    ["a redirect", (_request, response) => void response.writeHead(302, { location: "/elsewhere", "content-type": "application/json" }).end()],
    ["another type", sending(JSON.stringify({ previous: null }), { type: "text/html" })],
    ["no JSON", sending("{")],
    ["nothing", sending("")],
    ["null", said(null)],
    ["no word of a predecessor", said({})],
    ["a list", said([{ previous: null }])],
    ["a text for a predecessor", said({ previous: "00fe" })],
    ["a predecessor without its issuer", said({ previous: { serial: "00fe" } })],
    ["a predecessor without its serial", said({ previous: { issuer: previous.issuer } })],
    ["an empty serial", said({ previous: { ...previous, serial: "" } })],
    ["half an octet", said({ previous: { ...previous, serial: "0fe" } })],
    ["an issuer that is no base64url", said({ previous: { ...previous, issuer: "a+b/" } })],
    ["an answer of over 4 KiB", said({ previous: null, filler: "x".repeat(4096) })],
    ["a connection that breaks", (_request, response) => void response.destroy()],
    ["silence", () => undefined],
    ["an answer that never ends", (_request, response) => void response.writeHead(200, { "content-type": "application/json" }).write("{")],
  ];
  test.each(rows)("is refused as an outage, never taken for none: %s", async (_name, behaviour) => {
    const server = await startServer(behaviour);
    await expect(continuityFrom(server.url)(certificate)).rejects.toMatchObject({ code: "status_unavailable" });
    expect(server.requests()).toBe(1);
  });

  test("is refused as an outage where nobody listens", async () => {
    await expect(continuityFrom(await refusedUrl())(certificate)).rejects.toMatchObject({ code: "status_unavailable" });
  });
});
