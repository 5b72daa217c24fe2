import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, expect, test } from "vitest";
import { type Behaviour, drips, floods, hangs, redirects, refusedUrl, sends, startServer } from "./servers.ts";
import { authority, crlType, issuer, municipalCrl, subject, testClock } from "./world.ts";
import { createCrlStore, type CrlStore, type CrlStoreOptions } from "../../src/revocation/crl-store.ts";
import { distributionPointName, jpkiAuthority } from "../certificates/jpki.ts";
import { authorityCrl, cRLNumber, deltaCRLIndicator, fullName, issuingDistributionPoint } from "../certificates/crl-factory.ts";
import { now } from "../certificates/authority.ts";
import { generatedCrl } from "../pki/crl-generator.ts";
import { testKey } from "../certificates/keys.ts";
import { parsed } from "../certificates/ocsp-factory.ts";

/** CRLs from listed places: what is kept when a place fails, lies or goes back in time. */

const hour = 3600;
const crl = (der: Uint8Array): Behaviour => sends(der, crlType);
const next = (number: number, overrides: Parameters<typeof municipalCrl>[1] = {}, reason?: number) =>
  crl(municipalCrl(number, { thisUpdate: now + hour - 60, nextUpdate: now + 48 * hour, ...overrides }, reason));

function storeOf(url: string, options: Partial<CrlStoreOptions> = {}, refreshSeconds = hour): CrlStore {
  return createCrlStore({ sources: [{ location: { url }, issuer, refreshSeconds }], fetch, fetchDeadlineMs: 300, ...options });
}

/** The number of the CRL that speaks for the certificate, or the code. */
async function numberAt(store: CrlStore, at: number, deadlineMs = 1000): Promise<string> {
  const found = await store.find(subject, at, AbortSignal.timeout(deadlineMs));
  return found.valid ? `number ${found.value.number ?? "none"}` : found.code;
}

function gzipped(body: Uint8Array): Behaviour {
  const coded = gzipSync(body);
  return (_, response) => void response.writeHead(200, { "content-type": crlType, "content-encoding": "gzip" }).end(coded);
}

const firstAnswers: readonly (readonly [name: string, behaviour: Behaviour, expected: string])[] = [
  ["a CRL", crl(municipalCrl(7)), "number 7"],
  ["a CRL as octets", sends(municipalCrl(7), "application/octet-stream; charset=binary"), "number 7"],
  ["a CRL called HTML", sends(municipalCrl(7), "text/html"), "malformed_crl"],
  ["garbage", crl(Buffer.alloc(500, 0x5a)), "malformed_crl"],
  ["404", sends("", crlType, 404), "crl_missing"],
  ["a right CRL with status 404", sends(municipalCrl(7), crlType, 404), "crl_missing"],
  ["no answer", hangs, "crl_missing"],
  ["a slow drip", drips(municipalCrl(7), crlType), "crl_missing"],
  ["more than the cap", crl(generatedCrl(authority, 3000)), "crl_too_large"],
  ["noise without end", floods(2 ** 40, crlType), "malformed_crl"],
  ["a CRL in a gzip coding nobody asked for", gzipped(municipalCrl(7)), "malformed_crl"],
  ["a gzip bomb of 64 MiB", gzipped(Buffer.alloc(2 ** 26)), "malformed_crl"],
  ["signed by a stranger", crl(municipalCrl(7, { signer: testKey("p256", "stranger") })), "bad_signature"],
  ["of another authority", crl(authorityCrl(jpkiAuthority("signature"))), "crl_issuer_mismatch"],
  ["of another generation", crl(authorityCrl(jpkiAuthority("authentication", 2))), "bad_signature"],
  ["stale", crl(municipalCrl(7, { thisUpdate: now - 9000, nextUpdate: now - 1 })), "crl_not_fresh"],
  ["a delta", crl(municipalCrl(7, { extensions: [cRLNumber(7), deltaCRLIndicator] })), "crl_scope_mismatch"],
  ["without a point", crl(municipalCrl(7, { extensions: [cRLNumber(7)] })), "crl_missing"],
];

test.each(firstAnswers)("at first: %s", async (_, behaviour, expected) => {
  const { url } = await startServer(behaviour);
  expect(await numberAt(storeOf(url, { maximumBytes: 100_000 }), now)).toBe(expected);
});

test("a redirect to a right CRL is not followed", async () => {
  const elsewhere = await startServer(crl(municipalCrl(7)));
  const { url } = await startServer(redirects(elsewhere.url));
  expect(await numberAt(storeOf(url), now)).toBe("crl_missing");
  expect(elsewhere.requests()).toBe(0);
  expect(await numberAt(storeOf(elsewhere.url), now)).toBe("number 7");
});

const secondAnswers: readonly (readonly [name: string, behaviour: Behaviour, expected: string, failure?: string])[] = [
  ["a higher number", next(8), "number 8"],
  ["the same CRL again", crl(municipalCrl(7)), "number 7"],
  ["a lower number", next(6), "number 7", "crl_number_regressed"],
  ["the same number, other content", next(7, {}, 1), "number 7", "crl_number_regressed"],
  ["no number", next(8, { extensions: [issuingDistributionPoint(fullName(distributionPointName()))] }), "number 7", "crl_number_regressed"],
  ["a stale one of a higher number", next(8, { nextUpdate: now + hour - 1 }), "number 7", "crl_not_fresh"],
  ["one from the future", next(99, { thisUpdate: now + 2 * hour }), "number 7", "crl_not_fresh"],
  ["a forged one of a higher number", next(99, { signer: testKey("p256", "stranger") }), "number 7", "bad_signature"],
  ["a delta of a higher number", next(99, { extensions: [cRLNumber(99), deltaCRLIndicator] }), "number 7", "crl_scope_mismatch"],
  ["one without a point, of a higher number", next(99, { extensions: [cRLNumber(99)] }), "number 7"],
  ["garbage", crl(Buffer.alloc(9)), "number 7", "malformed_crl"],
  ["500", sends("", crlType, 500), "number 7", "crl_missing"],
  ["no answer", hangs, "number 7", "crl_missing"],
];

test.each(secondAnswers.map(([name, behaviour, expected, failure]) => ({ name, behaviour, expected, failure })))(
  "an hour later: $name",
  async ({ behaviour, expected, failure }) => {
    const server = await startServer(crl(municipalCrl(7)));
    const store = storeOf(server.url);
    expect(await numberAt(store, now)).toBe("number 7");
    server.behave(behaviour);
    expect(await numberAt(store, now + hour)).toBe(expected);
    expect(server.requests()).toBe(2);
    expect(store.snapshot().crlFailures).toEqual(failure === undefined ? {} : { [failure]: 1 });
  },
);

test("a CRL is fetched when it is due, and not before", async () => {
  const clock = testClock();
  const server = await startServer(crl(municipalCrl(7, { nextUpdate: now + 1800 })));
  const store = storeOf(server.url);
  const requests: number[] = [];
  for (const seconds of [0, 10, 1790, 1, 5, 5]) {
    clock.advance(seconds);
    await numberAt(store, clock());
    requests.push(server.requests());
  }
  // Fetched; kept; its last second; past nextUpdate; a source that fails is left alone for ten seconds; asked again.
  expect(requests).toEqual([1, 1, 1, 2, 2, 3]);
  expect(await numberAt(store, clock())).toBe("crl_not_fresh");
  server.behave(crl(municipalCrl(8)));
  expect(await numberAt(store, clock() + 10)).toBe("number 8");
});

test("a CRL is kept as long as it is current though its source is gone", async () => {
  const server = await startServer(crl(municipalCrl(7)));
  const store = storeOf(server.url);
  await store.refresh(now);
  server.behave(sends("", crlType, 500));
  expect(await numberAt(store, now + 86_400)).toBe("number 7");
  expect(await numberAt(store, now + 86_401 + 10)).toBe("crl_missing");
});

test("20 look-ups at once are one fetch, and none waits past its deadline", async () => {
  const server = await startServer(async (request, response) => {
    await new Promise((resolve) => setTimeout(resolve, 100));
    return crl(municipalCrl(7))(request, response);
  });
  const store = storeOf(server.url);
  const [impatient, ...others] = await Promise.all([numberAt(store, now, 20), ...Array.from({ length: 19 }, () => numberAt(store, now))]);
  expect(impatient).toBe("crl_missing");
  expect(new Set(others)).toEqual(new Set(["number 7"]));
  expect(server.requests()).toBe(1);
});

test("a final revocation that vanishes is counted; a lifted hold is not", async () => {
  const server = await startServer(crl(municipalCrl(7, {}, 1)));
  const store = storeOf(server.url);
  await store.refresh(now);
  server.behave(next(8, {}, 6));
  await store.refresh(now + hour);
  expect(store.snapshot().vanishedRevocations).toBe(0);
  server.behave(next(9));
  await store.refresh(now + 2 * hour);
  expect(store.snapshot().vanishedRevocations).toBe(0);

  const other = await startServer(crl(municipalCrl(7, {}, 1)));
  const alarmed = storeOf(other.url);
  await alarmed.refresh(now);
  other.behave(next(8));
  await alarmed.refresh(now + hour);
  expect(alarmed.snapshot()).toMatchObject({ vanishedRevocations: 1, crls: [{ number: "8", entries: 0 }] });
});

test("generations share a name and are told apart by key", async () => {
  const second = jpkiAuthority("authentication", 2);
  const [one, two] = await Promise.all([startServer(crl(municipalCrl(7))), startServer(crl(authorityCrl(second, { entries: [{ serialNumber: 20_260_001 }] })))]);
  const sources = [
    { location: { url: one.url }, issuer },
    { location: { url: two.url }, issuer: parsed(second.certificate) },
  ];
  const store = createCrlStore({ sources, fetch });
  await store.refresh(now);
  expect(store.snapshot().crls).toHaveLength(2);
  expect(store.lists(issuer, subject.certificate.serialNumber)).toBe(false);
  expect(store.lists(parsed(second.certificate), subject.certificate.serialNumber)).toBe(true);
  expect(parsed(authority.certificate).subject.comparable).toBe(parsed(second.certificate).subject.comparable);
});

test.each([[true], [false]])("of two CRLs that cover the certificate the newer one speaks (listed first: %s)", async (newerFirst) => {
  const point = issuingDistributionPoint(fullName(distributionPointName(), distributionPointName("Tokyo", "Minato-ku")));
  const newer = municipalCrl(9, { thisUpdate: now - 60, extensions: [cRLNumber(9), point] }, 1);
  const servers = await Promise.all([municipalCrl(7), newer].map((der) => startServer(crl(der))));
  const sources = servers.map(({ url }) => ({ location: { url }, issuer }));
  const store = createCrlStore({ sources: newerFirst ? sources.toReversed() : sources, fetch });
  expect(await numberAt(store, now)).toBe("number 9");
});

const folders: string[] = [];
afterEach(() => Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true }))));

test("a CRL in a file", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "crl-"));
  folders.push(folder);
  const file = path.join(folder, "chiyoda.crl");
  const store = createCrlStore({ sources: [{ location: { file }, issuer, refreshSeconds: hour }], fetch, maximumBytes: 10_000 });
  expect(await numberAt(store, now)).toBe("crl_missing");
  await writeFile(file, municipalCrl(7));
  expect(await numberAt(store, now + 10)).toBe("number 7");
  await writeFile(file, new Uint8Array(10_001));
  expect(await numberAt(store, now + 10 + hour)).toBe("number 7");
  expect(store.snapshot().crlFailures).toEqual({ crl_missing: 1, crl_too_large: 1 });
});

test("nothing listens", async () => {
  expect(await numberAt(storeOf(await refusedUrl()), now)).toBe("crl_missing");
});
