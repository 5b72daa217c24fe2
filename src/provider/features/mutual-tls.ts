import type { IncomingMessage } from "node:http";
import type { Configuration } from "oidc-provider";
import { toBase64Url } from "../../bytes.ts";
import type { Clock } from "../../clock.ts";
import type { Certificate } from "../../pki/certificate.ts";
import { sha256 } from "../../pki/digest.ts";
import { certificateInHeader, hasName, isIssuedBy, pemOf } from "./client-certificate.ts";

/** How client certificates come in: TLS ends at a proxy, which hands them on in a header. */
export interface MutualTls {
  /** Where the proxy asks for client certificates. */
  readonly origin: string;
  /** Addresses of the proxies whose word counts. */
  readonly proxies: readonly string[];
  /** Lower case. */
  readonly header: string;
  /** DER of the authorities for `tls_client_auth`; none: certificates count by registration alone. */
  readonly authorities: readonly Uint8Array[];
}

interface MutualTlsParts {
  readonly methods: readonly ("tls_client_auth" | "self_signed_tls_client_auth")[];
  readonly discovery: { readonly mtls_endpoint_aliases?: Readonly<Record<string, string>> };
  readonly features: Pick<NonNullable<Configuration["features"]>, "mTLS">;
}

/** Endpoints where a client shows its certificate (RFC 8705 5). */
const aliased = ["token", "revocation", "introspection", "userinfo", "pushed_authorization_request", "device_authorization", "backchannel_authentication"] as const;

/**
 * Client authentication and access tokens by client certificates (RFC 8705), off unless configured.
 * The header counts only on connections from a proxy's own address: all others may write what they like.
 */
export function mutualTls(settings: MutualTls | null, routes: Readonly<Record<(typeof aliased)[number], string>>, clock: Clock): MutualTlsParts {
  if (settings === null) return { methods: [], discovery: {}, features: {} };
  const { origin, authorities } = settings;
  return {
    methods: authorities.length === 0 ? ["self_signed_tls_client_auth"] : ["self_signed_tls_client_auth", "tls_client_auth"],
    discovery: { mtls_endpoint_aliases: Object.fromEntries(aliased.map((name) => [`${name}_endpoint`, `${origin}${routes[name]}`])) },
    features: {
      mTLS: {
        enabled: true,
        certificateBoundAccessTokens: true,
        selfSignedTlsClientAuth: true,
        tlsClientAuth: authorities.length > 0,
        getCertificate: ({ req }) => {
          const certificate = clientCertificate(settings, req);
          return certificate === null ? undefined : pemOf(certificate);
        },
        certificateAuthorized: ({ req }) => {
          const certificate = clientCertificate(settings, req);
          return certificate !== null && isIssuedBy(authorities, certificate, clock());
        },
        certificateSubjectMatches: ({ req }, property, expected) => {
          const certificate = clientCertificate(settings, req);
          return certificate !== null && hasName(certificate, property, expected);
        },
      },
    },
  };
}

/** `x5t#S256` (RFC 8705 3.1) of the certificate that the client shows with this request, or null. */
export function presentedThumbprint(settings: MutualTls | null, request: IncomingMessage): string | null {
  const certificate = settings === null ? null : clientCertificate(settings, request);
  return certificate === null ? null : toBase64Url(sha256(certificate.der));
}

function clientCertificate({ proxies, header }: MutualTls, { socket, headers }: IncomingMessage): Certificate | null {
  const value = headers[header];
  const sender = socket.remoteAddress?.replace(/^::ffff:(?=[0-9.]+$)/, "");
  if (typeof value !== "string" || sender === undefined || !proxies.includes(sender)) return null;
  return certificateInHeader(value);
}
