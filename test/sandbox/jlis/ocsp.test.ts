import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { beforeAll, describe, expect, test } from "vitest";
import { concatBytes, toHex } from "../../../src/bytes.ts";
import type { CertificationAuthority } from "../../../src/sandbox/jlis/ca/certification-authority.ts";
import * as der from "../../../src/sandbox/jlis/x509/der.ts";
import { extension } from "../../../src/sandbox/jlis/x509/extensions.ts";
import { oid } from "../../../src/sandbox/jlis/x509/object-identifiers.ts";
import { certificateOf, useJlis } from "./fixture.ts";
import { ask, hashes, read, request, single } from "./ocsp-fixture.ts";
import type { Answer } from "./ocsp-fixture.ts";

const fixture = useJlis();
let authority: CertificationAuthority;
let newer: CertificationAuthority;
let serial = 0;
beforeAll(() => {
  authority = fixture.jlis.authority.authority("user-authentication-1");
  newer = fixture.jlis.authority.authority("user-authentication-2");
  serial = certificateOf(fixture, "good-phone").serial;
});

const post = async (body: Uint8Array<ArrayBuffer>): Promise<Answer> => read(await ask(fixture.jlis.ocspUrl, body));
const nonce = (octets: number): Uint8Array => extension(oid.ocspNonce, der.octetString(new Uint8Array(octets).fill(7)));

const [good, revoked, unknown] = [0, 1, 2];
const [malformedRequest, unauthorized] = [1, 6];

describe("answers", () => {
  test.each(Object.keys(hashes).slice(0, 2) as (keyof typeof hashes)[])("CertID with hash %s", async (algorithm) => {
    expect(await post(request([single(authority, serial, algorithm)]))).toMatchObject({ responseStatus: 0, statuses: [good] });
  });

  test("several certificates of one authority, in the order asked", async () => {
    const others = (["revoked", "on-hold"] as const).map((id) => certificateOf(fixture, id).serial);
    const asked = [serial, ...others, 1_000_000].map((each) => single(authority, each));
    expect(await post(request(asked))).toMatchObject({ statuses: [good, revoked, revoked, unknown] });
  });

  test("a serial of the other generation is unknown to this one", async () => {
    expect(await post(request([single(newer, serial)]))).toMatchObject({ statuses: [unknown] });
  });

  test.each([1, 16, 32, 128])("a nonce of %i octets comes back", async (octets) => {
    const { basic } = await post(request([single(authority, serial)], nonce(octets)));
    const extensions = basic?.tbsResponseData.responseExtensions ?? [];
    expect(extensions.map(({ extnID, extnValue }) => [extnID, toHex(extnValue.valueBlock.valueHexView)])).toEqual([
      [oid.ocspNonce, toHex(der.octetString(new Uint8Array(octets).fill(7)))],
    ]);
  });

  test("without a nonce there is none, and times say how long the answer holds", async () => {
    const { basic } = await post(request([single(authority, serial)]));
    const [answer] = basic?.tbsResponseData.responses ?? [];
    expect(basic?.tbsResponseData.responseExtensions).toBeUndefined();
    expect(answer?.thisUpdate.getTime()).toBe(fixture.now * 1000);
    expect(answer?.nextUpdate?.getTime()).toBe((fixture.now + 600) * 1000);
  });

  test("GET with the request in the path", async () => {
    const path = encodeURIComponent(Buffer.from(request([single(authority, serial)])).toString("base64"));
    expect(await read(await fetch(`${fixture.jlis.ocspUrl}/${path}`))).toMatchObject({ responseStatus: 0, statuses: [good] });
  });
});

describe("the delegated signer", () => {
  const signerOf = async (asked: CertificationAuthority): Promise<x509.X509Certificate> => {
    const { basic } = await post(request([single(asked, serial)]));
    const [certificate] = basic?.certs ?? [];
    if (certificate === undefined) throw new Error("no signer");
    return new x509.X509Certificate(certificate.toSchema().toBER());
  };

  test("is issued by the authority asked about, for OCSP only, short-lived, without revocation check", async () => {
    const signer = await signerOf(authority);
    const issuer = new x509.X509Certificate(authority.certificate);
    expect(signer.issuer).toBe(issuer.subject);
    expect(await signer.verify({ publicKey: issuer.publicKey, date: new Date(fixture.now * 1000) })).toBe(true);
    expect(signer.getExtension(x509.ExtendedKeyUsageExtension)?.usages).toEqual([oid.ocspSigning]);
    expect(signer.getExtension(x509.KeyUsagesExtension)?.usages).toBe(x509.KeyUsageFlags.digitalSignature);
    expect(signer.getExtension(oid.ocspNoCheck)).not.toBeNull();
    expect(signer.notAfter.getTime() / 1000 - fixture.now).toBe(7 * 86_400);
  });

  test("every authority has its own; requests at the same time share it; it is replaced before it ends", async () => {
    const [first, second] = await Promise.all([signerOf(newer), signerOf(newer)]);
    expect(first?.serialNumber).toBe(second?.serialNumber);
    expect(first?.publicKey.toString("hex")).not.toBe((await signerOf(authority)).publicKey.toString("hex"));
    fixture.now += 6 * 86_400 + 1;
    expect((await signerOf(newer)).publicKey.toString("hex")).not.toBe(first?.publicKey.toString("hex"));
  });
});

describe("refusals", () => {
  const unknownExtension = extension("1.2.3.4", der.nothing(), true);
  const rows: readonly (readonly [string, () => Uint8Array<ArrayBuffer>, number])[] = [
    ["nothing", () => new Uint8Array(), malformedRequest],
    ["text", () => Uint8Array.from(Buffer.from("status, please")), malformedRequest],
    ["only zeros", () => new Uint8Array(5000), malformedRequest],
    ["another structure", () => authority.certificate, malformedRequest],
    ["a truncated request", () => request([single(authority, serial)]).slice(0, -1), malformedRequest],
    ["a trailing octet", () => concatBytes(request([single(authority, serial)]), Uint8Array.of(0)), malformedRequest],
    ["deep nesting", () => nested(2000), malformedRequest],
    ["no certificate", () => request([]), malformedRequest],
    ["17 certificates", () => request(Array.from({ length: 17 }, () => single(authority, serial))), malformedRequest],
    ["an unknown critical extension", () => request([single(authority, serial)], unknownExtension), malformedRequest],
    ["an empty nonce", () => request([single(authority, serial)], nonce(0)), malformedRequest],
    ["a nonce of 129 octets", () => request([single(authority, serial)], nonce(129)), malformedRequest],
    ["two nonces", () => request([single(authority, serial)], nonce(16), nonce(16)), malformedRequest],
    ["a nonce that is no OCTET STRING", () => request([single(authority, serial)], extension(oid.ocspNonce, der.integer(5))), malformedRequest],
    ["a hash that is not taken", () => request([single(authority, serial, "2.16.840.1.101.3.4.2.3")]), unauthorized],
    ["the right name with another key", () => request([single({ ...authority, publicKeyBits: new Uint8Array(9) }, serial)]), unauthorized],
    ["another name with the right key", () => request([single({ ...authority, facts: { ...authority.facts, name: new Uint8Array(9) } }, serial)]), unauthorized],
    ["two authorities in one request", () => request([single(authority, serial), single(newer, serial)]), unauthorized],
  ];

  test.each(rows)("%s", async (_name, body, responseStatus) => {
    expect(await post(body())).toMatchObject({ responseStatus, basic: null });
  });

  test.each(["", "%", "%E0%A4%A", "not base64!", "AAAA"])("GET with %j in the path is malformed", async (path) => {
    const response = await fetch(`${fixture.jlis.ocspUrl}/${path}`);
    if (path === "") expect(response.status).toBe(405);
    else expect(await read(response)).toMatchObject({ responseStatus: malformedRequest });
  });
});

function nested(depth: number): Uint8Array<ArrayBuffer> {
  let encoding: Uint8Array<ArrayBuffer> = der.nothing();
  for (let level = 0; level < depth; level += 1) encoding = der.sequence(encoding);
  return encoding;
}
