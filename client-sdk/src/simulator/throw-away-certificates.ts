/** Test certificates in the form of JPKI's. */
import { randomBytes, toHex } from "../bytes.ts";
import type { KeyUse } from "../applet/applet-table.ts";
import { loadCertificateLibraries, type Asn1, type X509 } from "./certificate-libraries.ts";
import { subjectAltName, type HolderAttributes } from "./subject-alt-name.ts";

export interface TestCertificate {
  readonly certificate: Uint8Array;
  readonly caCertificate: Uint8Array;
  readonly privateKey: CryptoKey;
}

type Extension = InstanceType<X509["Extension"]>;

const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) };
const day = 24 * 60 * 60;
const clientAuth = "1.3.6.1.5.5.7.3.2";

/** In the arc of JPKI's test environment, which nobody accepts in production; the last numbers are our own. */
const policies = { authentication: "1.2.392.200149.8.5.1.0.30", signature: "1.2.392.200149.8.5.1.0.20" } as const;
const units = { authentication: "JPKI for user authentication", signature: "JPKI for digital signature" } as const;

/**
 * A certificate for `use` with its key, and the certificate of an authority made for it alone, whose key
 * is forgotten. Both begin a day before `now` (seconds since the epoch) and last a year.
 * @throws SimulatorRefusal if the libraries for certificates are not installed.
 */
export async function makeTestCertificate(use: KeyUse, holder: HolderAttributes, now: number): Promise<TestCertificate> {
  const { x509, asn1 } = await loadCertificateLibraries();
  const authority = await generateKeys();
  const person = await generateKeys();
  const issuer = authorityName(x509, use);
  const validity = { notBefore: new Date((now - day) * 1000), notAfter: new Date((now + 365 * day) * 1000) };
  const common = { issuer, signingKey: authority.privateKey, signingAlgorithm: algorithm, ...validity };
  const caCertificate = await x509.X509CertificateGenerator.create({
    ...common,
    serialNumber: "01",
    subject: issuer,
    publicKey: authority.publicKey,
    extensions: await authorityExtensions(x509, authority.publicKey),
  });
  const certificate = await x509.X509CertificateGenerator.create({
    ...common,
    serialNumber: "02",
    subject: new x509.Name([country, { CN: [{ utf8String: toHex(randomBytes(16)).toUpperCase() }] }]),
    publicKey: person.publicKey,
    extensions: [...usageExtensions(x509, asn1, use, holder), ...(await keyIdentifiers(x509, person.publicKey, authority.publicKey))],
  });
  return { certificate: new Uint8Array(certificate.rawData), caCertificate: new Uint8Array(caCertificate.rawData), privateKey: person.privateKey };
}

const country = { C: [{ printableString: "JP" }] };

/** JPKI's own name and a unit more: the bridge's production configuration refuses authorities of this name. */
function authorityName(x509: X509, use: KeyUse): InstanceType<X509["Name"]> {
  const unitNames = [units[use], "Japan Agency for Local Authority Information Systems", "jpki-bridge sandbox - throw-away, not for production"];
  return new x509.Name([country, { O: [{ utf8String: "JPKI" }] }, ...unitNames.map((text) => ({ OU: [{ utf8String: text }] }))]);
}

async function generateKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

async function authorityExtensions(x509: X509, publicKey: CryptoKey): Promise<Extension[]> {
  const { keyCertSign, cRLSign } = x509.KeyUsageFlags;
  return [
    new x509.KeyUsagesExtension(keyCertSign | cRLSign, true),
    new x509.BasicConstraintsExtension(true, undefined, true),
    await x509.SubjectKeyIdentifierExtension.create(publicKey),
  ];
}

/** The authentication certificate says nothing of its holder; the signature certificate says who it is. */
function usageExtensions(x509: X509, asn1: Asn1, use: KeyUse, holder: HolderAttributes): Extension[] {
  const { digitalSignature, nonRepudiation } = x509.KeyUsageFlags;
  const policy = new x509.CertificatePolicyExtension([policies[use]], true);
  if (use === "authentication") {
    return [new x509.KeyUsagesExtension(digitalSignature, true), new x509.ExtendedKeyUsageExtension([clientAuth]), policy];
  }
  const names = new x509.Extension("2.5.29.17", false, subjectAltName(asn1, holder));
  return [new x509.KeyUsagesExtension(digitalSignature | nonRepudiation, true), names, policy];
}

async function keyIdentifiers(x509: X509, publicKey: CryptoKey, authorityKey: CryptoKey): Promise<Extension[]> {
  return [await x509.AuthorityKeyIdentifierExtension.create(authorityKey), await x509.SubjectKeyIdentifierExtension.create(publicKey)];
}
