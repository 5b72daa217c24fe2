import { equalBytes, fromBase64, toBase64 } from "../../bytes.ts";
import { type Certificate, parseCertificate } from "../../pki/certificate.ts";
import { readIpAddress } from "../../pki/ip-address.ts";
import { keyPurposeOid } from "../../pki/oid.ts";
import { validatePath } from "../../pki/path.ts";

/**
 * The certificate in a header that a proxy set: as RFC 9440 has it (`:base64 of the DER:`), or as
 * percent-encoded PEM, which is what nginx can send. Null for anything else, also for two of them.
 */
export function certificateInHeader(value: string): Certificate | null {
  const encoded = /^:([A-Za-z0-9+/=]+):$/.exec(value)?.[1] ?? base64OfPem(value);
  const der = encoded === null ? null : fromBase64(encoded);
  const parsed = der === null ? null : parseCertificate(der, "either");
  return parsed?.valid === true ? parsed.value : null;
}

function base64OfPem(value: string): string | null {
  try {
    const body = /^-----BEGIN CERTIFICATE-----\s([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----\s*$/.exec(decodeURIComponent(value))?.[1];
    return body?.replace(/\s/g, "") ?? null;
  } catch {
    return null;
  }
}

/** The form in which the library takes a certificate. */
export const pemOf = ({ der }: Certificate): string => `-----BEGIN CERTIFICATE-----\n${toBase64(der)}\n-----END CERTIFICATE-----\n`;

/** Whether one of the authorities issued the certificate for client authentication, and it is valid now. */
export function isIssuedBy(authorities: readonly Uint8Array[], { der }: Certificate, now: number): boolean {
  const request = { certificate: der, trustAnchors: authorities, time: now, maximumPathLength: 0, extendedKeyUsages: [keyPurposeOid.clientAuth], validityEncoding: "either" } as const;
  return validatePath(request).valid;
}

/** Whether the certificate carries this name, to the letter; a wildcard is nobody's name (RFC 8705 2.1.2). */
export function hasName({ extensions }: Certificate, property: string, expected: string): boolean {
  return (extensions.subjectAltName ?? []).some((name) => {
    switch (name.kind) {
      case "dNSName":
        return property === "tls_client_auth_san_dns" && name.text.toLowerCase() === expected.toLowerCase();
      case "uniformResourceIdentifier":
        return property === "tls_client_auth_san_uri" && name.text === expected;
      case "rfc822Name":
        return property === "tls_client_auth_san_email" && name.text === expected;
      case "iPAddress": {
        const address = property === "tls_client_auth_san_ip" ? readIpAddress(expected) : null;
        return address !== null && equalBytes(address, name.address);
      }
      default:
        return false;
    }
  });
}
