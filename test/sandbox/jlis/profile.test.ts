import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { beforeAll, describe, expect, test } from "vitest";
import { toHex } from "../../../src/bytes.ts";
import { isSandboxAuthority, SANDBOX_MARKER } from "../../../src/jpki/sandbox-marker.ts";
import type { PersonaId } from "../../../src/sandbox/jlis/personas/personas.ts";
import { bytesOf, certificateOf, useJlis } from "./fixture.ts";

const fixture = useJlis();
const marker = "OU=jpki-bridge sandbox - not for production";
const issuers = {
  "user-authentication": `C=JP, O=JPKI, OU=JPKI for user authentication, OU=Japan Agency for Local Authority Information Systems, ${marker}`,
  signature: `C=JP, O=JPKI, OU=JPKI for digital signature, OU=Japan Agency for Local Authority Information Systems, ${marker}`,
} as const;

const { digitalSignature, nonRepudiation } = x509.KeyUsageFlags;
const arc = "1.2.392.200149.8.5.1";

interface Row {
  readonly id: PersonaId;
  readonly slot: "authentication" | "signature";
  readonly use: keyof typeof issuers;
  readonly policy: string;
  readonly usages: number;
}

const rows: readonly Row[] = [
  { id: "good-phone", slot: "authentication", use: "user-authentication", policy: `${arc}.3.40`, usages: digitalSignature },
  { id: "good-phone", slot: "signature", use: "signature", policy: `${arc}.1.40`, usages: digitalSignature | nonRepudiation },
  { id: "good-card", slot: "authentication", use: "user-authentication", policy: `${arc}.3.30`, usages: digitalSignature },
  { id: "good-card", slot: "signature", use: "signature", policy: `${arc}.1.20`, usages: digitalSignature | nonRepudiation },
  { id: "next-generation", slot: "authentication", use: "user-authentication", policy: `${arc}.3.40`, usages: digitalSignature },
];

async function parse(id: PersonaId, slot: Row["slot"]): Promise<{ certificate: x509.X509Certificate; issuer: x509.X509Certificate }> {
  const image = (await fixture.jlis.personas.secureElement(id))[slot];
  if (image === null) throw new Error("empty slot");
  return {
    certificate: new x509.X509Certificate(bytesOf(image.certificate)),
    issuer: new x509.X509Certificate(bytesOf(image.caCertificate)),
  };
}

describe.each(rows)("$id, $slot", ({ id, slot, use, policy, usages }) => {
  let certificate: x509.X509Certificate;
  let issuer: x509.X509Certificate;
  beforeAll(async () => {
    ({ certificate, issuer } = await parse(id, slot));
  });

  test("names, serial, algorithm and key", () => {
    expect(certificate.issuer).toBe(issuers[use]);
    expect(issuer.subject).toBe(issuers[use]);
    expect(certificate.subject).toMatch(/^C=JP, CN=[0-9A-F]{26}$/);
    expect(certificate.serialNumber).toMatch(/^40[0-9a-f]{4}$/);
    expect(certificate.signatureAlgorithm).toMatchObject({ name: "RSASSA-PKCS1-v1_5", hash: { name: "SHA-256" } });
    expect(certificate.publicKey.algorithm).toMatchObject({ name: "RSASSA-PKCS1-v1_5", modulusLength: 2048 });
  });

  test("which extensions, and which of them critical", () => {
    const own = slot === "signature" ? ["2.5.29.17"] : ["2.5.29.37"];
    const always = ["2.5.29.15", "2.5.29.32", "2.5.29.18", "2.5.29.31", "1.3.6.1.5.5.7.1.1", "2.5.29.35", "2.5.29.14"];
    expect(certificate.extensions.map(({ type }) => type).sort()).toEqual([...own, ...always].sort());
    const critical = certificate.extensions.filter((extension) => extension.critical).map(({ type }) => type);
    expect(critical.sort()).toEqual(["2.5.29.15", "2.5.29.32"]);
  });

  test("key usage, purpose and policy", () => {
    expect(certificate.getExtension(x509.KeyUsagesExtension)?.usages).toBe(usages);
    const purposes = certificate.getExtension(x509.ExtendedKeyUsageExtension)?.usages;
    expect(purposes).toEqual(slot === "signature" ? undefined : ["1.3.6.1.5.5.7.3.2"]);
    expect(certificate.getExtension(x509.CertificatePolicyExtension)?.policies).toEqual([policy]);
  });

  test("issuer alternative name in Japanese, OCSP address, distribution point of the municipality", () => {
    const value = (type: string): string => Buffer.from(certificate.getExtension(type)?.value ?? new ArrayBuffer()).toString("utf8");
    expect(value("2.5.29.18")).toContain("地方公共団体情報システム機構");
    expect(value("1.3.6.1.5.5.7.1.1")).toContain(fixture.jlis.ocspUrl);
    expect(value("2.5.29.31")).toContain("CRL Distribution Points");
    expect(value("2.5.29.31")).toMatch(/(Chiyoda-ku|Uji-shi|Sakai-shi-Kita-ku) CRLDP$/);
  });

  test("authority key identifier with key, issuer and serial of the issuing generation", () => {
    const identifier = certificate.getExtension(x509.AuthorityKeyIdentifierExtension);
    const subjectKey = issuer.getExtension(x509.SubjectKeyIdentifierExtension);
    // [0] IMPLICIT of 20 octets
    expect(toHex(new Uint8Array(identifier?.value ?? new ArrayBuffer()))).toContain(`8014${subjectKey?.keyId}`);
    expect(identifier?.certId?.serialNumber).toBe(issuer.serialNumber);
  });
});

test("country as PrintableString, everything else as UTF8String", async () => {
  const { certificate } = await parse("good-phone", "authentication");
  const name = toHex(new Uint8Array(certificate.issuerName.toArrayBuffer()));
  expect(name).toContain("06035504061302" + Buffer.from("JP").toString("hex"));
  expect(name).toContain("060355040a0c04" + Buffer.from("JPKI").toString("hex"));
});

test("the signature certificate names its holder, the authentication certificate does not", async () => {
  const holder = Buffer.from("見本　太郎");
  const signature = await parse("good-phone", "signature");
  const authentication = await parse("good-phone", "authentication");
  expect(Buffer.from(signature.certificate.rawData).includes(holder)).toBe(true);
  expect(Buffer.from(authentication.certificate.rawData).includes(holder)).toBe(false);
  const other = signature.certificate.getExtension("2.5.29.17")?.value ?? new ArrayBuffer();
  const text = Buffer.from(other).toString("latin1");
  for (const value of ["319850412", "00000", Buffer.from("東京都千代田区").toString("latin1")]) expect(text).toContain(value);
});

describe("anchors", () => {
  test("two generations of each use: one name, two keys, two serials", () => {
    for (const anchors of Object.values(fixture.jlis.anchors()) as Uint8Array<ArrayBuffer>[][]) {
      const [older, newer] = anchors.map((der) => new x509.X509Certificate(der));
      expect(anchors).toHaveLength(2);
      expect(older?.subject).toBe(newer?.subject);
      expect(older?.serialNumber).not.toBe(newer?.serialNumber);
      expect(older?.publicKey.toString("hex")).not.toBe(newer?.publicKey.toString("hex"));
      expect(older?.getExtension(x509.BasicConstraintsExtension)).toMatchObject({ ca: true, critical: true });
    }
  });

  test("the marker is in every authority and every certificate it issued", async () => {
    const { authentication } = await fixture.jlis.personas.secureElement("sub-ca-forgery");
    const { userAuthentication, signature } = fixture.jlis.anchors();
    const issued = fixture.jlis.authority.certificates.map(({ certificate }) => bytesOf(certificate));
    const forged = bytesOf(authentication?.caCertificate ?? "");
    for (const der of [...userAuthentication, ...signature, ...issued, forged]) expect(isSandboxAuthority(der)).toBe(true);
  });

  test.each([
    ["nothing", new Uint8Array()],
    ["another name", Buffer.from("C=JP, O=JPKI")],
    ["half of the marker", Buffer.from(SANDBOX_MARKER.slice(0, -1))],
  ])("no marker: %s", (_name, bytes) => {
    expect(isSandboxAuthority(bytes)).toBe(false);
  });
});

test("old and new phone are one person with two keys and serials", () => {
  const [before, after] = [certificateOf(fixture, "old-phone"), certificateOf(fixture, "new-phone")];
  expect(after.person).toBe(before.person);
  expect(after.previous).toBe(before.serial);
  expect(after.key).not.toBe(before.key);
  expect(after.holder).not.toBe(before.holder);
});
