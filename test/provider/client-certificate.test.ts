import { describe, expect, test } from "vitest";
import { toBase64 } from "../../src/bytes.ts";
import { certificateInHeader, hasName } from "../../src/provider/features/client-certificate.ts";
import { alternativeName, identity } from "../support/mutual-tls.ts";

const { der, cert } = identity("header");
const base64 = toBase64(der);
const damaged = toBase64(der.slice(0, -1));

describe("a certificate in a header", () => {
  const rows: [string, string, boolean][] = [
    ["as RFC 9440 has it", `:${base64}:`, true],
    ["percent-encoded PEM, as nginx sends it", encodeURIComponent(cert), true],
    ["PEM with spaces for line ends, as Apache sends it", cert.replaceAll("\n", " "), true],
    ["nothing", "", false],
    ["an empty byte sequence", "::", false],
    ["without colons", base64, false],
    ["with one colon", `:${base64}`, false],
    ["base64url", `:${base64.replaceAll("+", "-").replaceAll("/", "_")}:`, !/[+/]/.test(base64)],
    ["without padding", `:${damaged.replace(/=+$/, "")}:`, false],
    ["with a parameter", `:${base64}:;a=1`, false],
    ["two", `:${base64}:, :${base64}:`, false],
    ["two in PEM", encodeURIComponent(cert + cert), false],
    ["octets cut off", `:${damaged}:`, false],
    ["octets appended", `:${toBase64(Uint8Array.of(...der, 0))}:`, false],
    ["a percent sign that stands alone", "%", false],
    ["a key", encodeURIComponent(cert.replaceAll("CERTIFICATE", "PRIVATE KEY")), false],
    ["17 KiB", `:${toBase64(new Uint8Array(17 * 1024))}:`, false],
  ];
  test.each(rows)("%s", (_name, value, taken) => expect(certificateInHeader(value)?.der ?? null).toEqual(taken ? der : null));
});

describe("the name a client is known by", () => {
  const rows: [string, ReturnType<typeof alternativeName>, string, string, boolean][] = [
    ["a host", alternativeName("dns", "client.example"), "tls_client_auth_san_dns", "client.example", true],
    ["a host in other letters", alternativeName("dns", "Client.Example"), "tls_client_auth_san_dns", "client.example", true],
    ["a host above", alternativeName("dns", "example"), "tls_client_auth_san_dns", "client.example", false],
    ["a URI", alternativeName("uri", "urn:client:1"), "tls_client_auth_san_uri", "urn:client:1", true],
    ["a URI in other letters", alternativeName("uri", "urn:client:A"), "tls_client_auth_san_uri", "urn:client:a", false],
    ["an address", alternativeName("ip", Uint8Array.of(192, 0, 2, 1)), "tls_client_auth_san_ip", "192.0.2.1", true],
    ["an IPv6 address, written differently", alternativeName("ip", Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)), "tls_client_auth_san_ip", "2001:DB8::1", true],
    ["another address", alternativeName("ip", Uint8Array.of(192, 0, 2, 2)), "tls_client_auth_san_ip", "192.0.2.1", false],
    ["a mailbox", alternativeName("email", "ops@client.example"), "tls_client_auth_san_email", "ops@client.example", true],
    ["another mailbox", alternativeName("email", "dev@client.example"), "tls_client_auth_san_email", "ops@client.example", false],
    ["a mailbox where a host is registered", alternativeName("email", "client.example"), "tls_client_auth_san_dns", "client.example", false],
    ["a subject's name, which is never looked at", alternativeName("dns", "client.example"), "tls_client_auth_subject_dn", "CN=header", false],
  ];
  test.each(rows)("%s", (_name, extension, property, expected, matches) => {
    const certificate = certificateInHeader(`:${toBase64(identity("header", { extensions: [extension] }).der)}:`);
    expect(certificate !== null && hasName(certificate, property, expected)).toBe(matches);
  });
});
