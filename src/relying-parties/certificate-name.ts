import { readIpAddress } from "../pki/ip-address.ts";
import type { RegistrationRequest } from "./registration.ts";

/**
 * The subjectAltName by which a client certificate is known (RFC 8705 2.1.2). The subject's
 * distinguished name is not offered: comparing it as text is where implementations differ.
 */
export interface CertificateName {
  readonly kind: "dns" | "uri" | "email" | "ip";
  readonly value: string;
}

/** The member of the metadata that a name stands in. */
export const certificateNameMember = ({ kind }: CertificateName): string => `tls_client_auth_san_${kind}`;

/** Why the name of a client certificate cannot be registered, or null. */
export function certificateNameProblem({ authentication, certificateName }: RegistrationRequest): string | null {
  if (authentication === "tls_client_auth" && certificateName === undefined) return "tls_client_auth needs the name in the client's certificate";
  if (certificateName === undefined) return null;
  const member = certificateNameMember(certificateName);
  if (authentication !== "tls_client_auth") return `${member}: only for tls_client_auth`;
  if (!/^[\x21-\x7e]{1,255}$/.test(certificateName.value)) return `${member}: 1 to 255 visible ASCII characters`;
  return certificateName.kind === "ip" && readIpAddress(certificateName.value) === null ? `${member}: not an IP address` : null;
}
