import { expect, test } from "vitest";
import { type Behaviour, drips, hangs, redirects, refusedUrl, sends, startServer } from "./servers.ts";
import { authority, crlType, issuer, municipalCrl, ocspType, outcome, responder, service, subject } from "./world.ts";
import type { CrlSource } from "../../src/revocation/index.ts";
import { now } from "../certificates/authority.ts";
import { crlExtensions } from "../certificates/crl-factory.ts";
import { distributionPointName } from "../certificates/jpki.ts";
import { testKey } from "../certificates/keys.ts";
import { revoked, unknown } from "../certificates/ocsp-factory.ts";

/** The budget: first responder, second responder, fresh CRL, `status_unavailable`. */

const down = sends("", "text/plain", 503);
const liar = responder({}, () => now, { signer: testKey("p256", "liar") });
const crl = (der: Uint8Array): Behaviour => sends(der, crlType);
const stale = municipalCrl(7, { thisUpdate: now - 9000, nextUpdate: now - 1 });
const cityB = municipalCrl(7, { extensions: crlExtensions(authority, 7, distributionPointName("Tokyo", "Minato-ku")) });
const is = { good: responder(), revoked: responder({ status: revoked(now - 60, 1) }), hold: responder({ status: revoked(now - 60, 6) }), unknown: responder({ status: unknown }) };

type Row = readonly [name: string, responders: readonly Behaviour[], crls: readonly Behaviour[], expected: string];
const rows: readonly Row[] = [
  ["the first responder answers", [is.good, is.revoked], [], "good by ocsp"],
  ["revoked", [is.revoked, is.good], [], "revoked by ocsp"],
  ["hold", [is.hold, is.good], [], "hold by ocsp"],
  ["first down, second good", [down, is.good], [], "good by ocsp"],
  ["first lies, second good", [liar, is.good], [], "good by ocsp"],
  ["first lies, second revoked", [liar, is.revoked], [], "revoked by ocsp"],
  ["first sends HTML", [sends("<html>", "text/html"), is.good], [], "good by ocsp"],
  ["first sends garbage", [sends("garbage", ocspType), is.good], [], "good by ocsp"],
  ["first redirects", [redirects("http://127.0.0.1:1/"), is.good], [], "good by ocsp"],
  ["first hangs", [hangs, is.good], [], "good by ocsp"],
  ["first drips", [drips(Buffer.alloc(60_000), ocspType), is.good], [], "good by ocsp"],
  ["first does not know, second does", [is.unknown, is.good], [], "good by ocsp"],
  ["first does not know, second down", [is.unknown, down], [], "unknown by ocsp"],
  ["not known, and not on the CRL", [is.unknown], [crl(municipalCrl(7))], "unknown by ocsp"],
  ["not known, but on the CRL", [is.unknown], [crl(municipalCrl(7, {}, 1))], "revoked by crl"],
  ["OCSP down, not on the CRL", [down, liar], [crl(municipalCrl(7))], "good by crl"],
  ["OCSP down, on the CRL", [down], [crl(municipalCrl(7, {}, 1))], "revoked by crl"],
  ["OCSP down, held on the CRL", [down], [crl(municipalCrl(7, {}, 6))], "hold by crl"],
  ["OCSP hangs, CRL", [hangs], [crl(municipalCrl(7))], "good by crl"],
  ["no responder listed", [], [crl(municipalCrl(7))], "good by crl"],
  ["OCSP down, CRL stale", [down], [crl(stale)], "status_unavailable"],
  ["OCSP down, CRL of another municipality", [down], [crl(cityB)], "status_unavailable"],
  ["CRLs of two municipalities", [], [crl(cityB), crl(municipalCrl(7))], "good by crl"],
  ["OCSP down, CRL down", [down], [down], "status_unavailable"],
  ["OCSP down, CRL hangs", [down], [hangs], "status_unavailable"],
  ["OCSP down, no CRL listed", [down, hangs], [], "status_unavailable"],
  ["all lie", [liar, liar], [crl(municipalCrl(7, { signer: testKey("p256", "liar") }))], "status_unavailable"],
  ["nothing listed", [], [], "status_unavailable"],
];

test.each(rows.map(([name, responders, crls, expected]) => ({ name, responders, crls, expected })))("$name", async ({ responders, crls, expected }) => {
  const servers = await Promise.all(responders.map(startServer));
  const sources = await Promise.all(crls.map(async (behaviour): Promise<CrlSource> => ({ location: { url: (await startServer(behaviour)).url }, issuer })));
  const status = service({ responders: servers.map(({ url }) => ({ url })), crls: sources });
  const start = performance.now();
  expect(await outcome(status)).toBe(expected);
  expect(performance.now() - start).toBeLessThan(2000);
});

test("status_unavailable says to the operator what each source failed with", async () => {
  const [garbage, source] = await Promise.all([startServer(sends("garbage", ocspType)), startServer(crl(stale))]);
  const status = service({ responders: [{ url: await refusedUrl() }, { url: garbage.url }], crls: [{ location: { url: source.url }, issuer }] });
  const verdict = await status.check(subject, now);
  expect(verdict).toEqual({ valid: false, code: "status_unavailable", at: "status_unavailable, malformed_ocsp_response, crl_not_fresh" });
  expect(status.snapshot()).toMatchObject({
    queries: { ocsp: 2, crl: 1 },
    failures: { status_unavailable: 1, malformed_ocsp_response: 1, crl_not_fresh: 1 },
    crlFailures: { crl_not_fresh: 1 },
    unavailable: 1,
  });
});

test("ready: not after an outage, again after an answer or half a minute", async () => {
  const server = await startServer(down);
  let time = now;
  const status = service({ responders: [{ url: server.url }], clock: () => time });
  expect(status.ready()).toBe(true);
  await outcome(status);
  expect(status.ready()).toBe(false);
  time += 30;
  expect(status.ready()).toBe(true);
  await outcome(status);
  expect(status.ready()).toBe(false);
  server.behave(is.good);
  await outcome(status);
  expect(status.ready()).toBe(true);
});

test("ready: with CRLs alone, only while one is current", async () => {
  const server = await startServer(crl(municipalCrl(7)));
  let time = now;
  const status = service({ crls: [{ location: { url: server.url }, issuer }], clock: () => time });
  expect(status.ready()).toBe(false);
  await status.refresh();
  expect(status.ready()).toBe(true);
  time += 86_401;
  expect(status.ready()).toBe(false);
});

test("a responder whose certificate is on a known CRL is not believed", async () => {
  const [ocsp, list] = await Promise.all([startServer(is.good), startServer(crl(municipalCrl(7, { entries: [{ serialNumber: 9001 }] })))]);
  const status = service({ responders: [{ url: ocsp.url }], crls: [{ location: { url: list.url }, issuer }] });
  await status.refresh();
  expect(await outcome(status)).toBe("good by crl");
  expect(status.snapshot().failures).toEqual({ ocsp_responder_untrusted: 1 });
});
