import { execFile, spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { toBase64 } from "../../../src/bytes.ts";
import type { PersonaId } from "../../../src/sandbox/jlis/personas/personas.ts";
import { bytesOf, certificateOf, crlUrlOf, download, useJlis } from "./fixture.ts";

/** What code that nobody here wrote says of the stand-in's output. */

const installed = spawnSync("openssl", ["version"]).status === 0;
if (!installed) process.stderr.write("SKIPPED: openssl is not installed, so its verdicts on the sandbox CA are not checked\n");

// openssl reads the machine's clock, so this stand-in does too.
const fixture = useJlis({}, Math.floor(Date.now() / 1000));

const good: readonly PersonaId[] = ["good-phone", "good-card", "next-generation", "new-phone", "renewed", "signature-certificate"];
const revoked: readonly PersonaId[] = ["revoked", "on-hold", "old-phone"];

async function run(...parameters: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile("openssl", parameters, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : 1, output: `${stdout}${stderr}` });
    });
  });
}

const file = (name: string): string => path.join(fixture.directory, name);

async function writePem(name: string, label: string, ...ders: readonly Uint8Array[]): Promise<string> {
  const blocks = ders.map((der) => `-----BEGIN ${label}-----\n${toBase64(der).replace(/.{64}/g, "$&\n")}\n-----END ${label}-----\n`);
  await writeFile(file(name), blocks.join(""));
  return file(name);
}

interface Files {
  readonly certificate: string;
  readonly crl: string;
  readonly issuer: string;
}

async function filesOf(id: PersonaId): Promise<Files> {
  const certificate = certificateOf(fixture, id);
  return {
    certificate: await writePem(`${id}.pem`, "CERTIFICATE", bytesOf(certificate.certificate)),
    crl: await writePem(`${id}.crl.pem`, "X509 CRL", await download(crlUrlOf(fixture, certificate))),
    issuer: await writePem(`${id}.ca.pem`, "CERTIFICATE", fixture.jlis.authority.issuerOf(certificate).certificate),
  };
}

describe.skipIf(!installed)("openssl", () => {
  let anchors = "";
  beforeAll(async () => {
    const { userAuthentication, signature } = fixture.jlis.anchors();
    anchors = await writePem("anchors.pem", "CERTIFICATE", ...userAuthentication, ...signature);
  });

  const verify = async (files: Files): ReturnType<typeof run> =>
    run("verify", "-x509_strict", "-crl_check", "-CAfile", anchors, "-CRLfile", files.crl, files.certificate);
  const ask = async (files: Files, ...more: string[]): ReturnType<typeof run> =>
    run("ocsp", ...more, "-issuer", files.issuer, "-cert", files.certificate, "-url", fixture.jlis.ocspUrl, "-CAfile", files.issuer);

  test.each(good)("verify accepts %s", async (id) => {
    const { code, output } = await verify(await filesOf(id));
    expect(output).toContain(": OK");
    expect(code).toBe(0);
  });

  test.each([
    ...revoked.map((id) => [id, "certificate revoked"] as const),
    ["expired", "certificate has expired"] as const,
  ])("verify refuses %s: %s", async (id, reason) => {
    const { code, output } = await verify(await filesOf(id));
    expect(output).toContain(reason);
    expect(code).toBe(1);
  });

  test("verify refuses the CRL of another municipality", async () => {
    const files = await filesOf("good-phone");
    const elsewhere = await filesOf("good-card");
    const { code, output } = await verify({ ...files, crl: elsewhere.crl });
    expect(output).toMatch(/different CRL scope|unable to get certificate CRL/);
    expect(code).toBe(1);
  });

  test("verify refuses the CRL of the other generation", async () => {
    const files = await filesOf("good-phone");
    const url = `${fixture.jlis.origin}/crl/user-authentication-2/tokyo-chiyoda.crl`;
    const crl = await writePem("other-generation.pem", "X509 CRL", await download(url));
    const { code } = await verify({ ...files, crl });
    expect(code).toBe(1);
  });

  test.each(good)("ocsp says good of %s, with the nonce", async (id) => {
    const { code, output } = await ask(await filesOf(id));
    expect(output).toContain("Response verify OK");
    expect(output).toContain(": good");
    expect(output).not.toContain("WARNING");
    expect(code).toBe(0);
  });

  test.each([
    ["revoked", "keyCompromise"],
    ["on-hold", "certificateHold"],
    ["old-phone", "cessationOfOperation"],
  ] as const)("ocsp says revoked of %s: %s", async (id, reason) => {
    const { output } = await ask(await filesOf(id));
    expect(output).toContain("Response verify OK");
    expect(output).toContain(": revoked");
    expect(output).toContain(`Reason: ${reason}`);
  });

  test("ocsp takes SHA-256 in the CertID", async () => {
    const { output } = await ask(await filesOf("good-phone"), "-sha256");
    expect(output).toContain("Response verify OK");
    expect(output).toContain(": good");
  });

  test("ocsp without a nonce", async () => {
    const { output } = await ask(await filesOf("good-phone"), "-no_nonce");
    expect(output).toContain("Response verify OK");
    expect(output).toContain(": good");
  });

  test("ocsp says unknown of a serial that was never issued", async () => {
    const { issuer } = await filesOf("good-phone");
    const { output } = await run("ocsp", "-issuer", issuer, "-serial", "0x7fffff", "-url", fixture.jlis.ocspUrl, "-CAfile", issuer);
    expect(output).toContain("Response verify OK");
    expect(output).toContain(": unknown");
  });

  test("by RFC 5280 alone the forgery holds: only the JPKI profile can refuse it", async () => {
    const { authentication } = await fixture.jlis.personas.secureElement("sub-ca-forgery");
    if (authentication === null) throw new Error("no forgery");
    const certificate = await writePem("forged.pem", "CERTIFICATE", bytesOf(authentication.certificate));
    const untrusted = await writePem("forged.ca.pem", "CERTIFICATE", bytesOf(authentication.caCertificate));
    const { code } = await run("verify", "-x509_strict", "-CAfile", anchors, "-untrusted", untrusted, certificate);
    expect(code).toBe(0);
  });
});
