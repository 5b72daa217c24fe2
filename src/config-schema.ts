import { z } from "zod";

const httpsUrl = z.url({ protocol: /^https?$/ });
const seconds = z.int().min(0);
const policyList = z.array(z.strictObject({
  oid: z.string().regex(/^[0-9]+(\.[0-9]+)+$/).describe("Object identifier of the policy, dotted."),
  medium: z.enum(["card", "smartphone"]).describe("What holds the key of certificates under it."),
}));

/** The schema of the configuration file. docs/configuration.md is made from it. */
export const configurationSchema = z.strictObject({
  issuer: httpsUrl.describe("Issuer identifier: the public address of the bridge, without a trailing slash."),
  name: z.string().min(1).max(60).default("JPKI Bridge").describe("Name people see, also as the WebAuthn relying party."),
  listen: z.strictObject({
    host: z.string().default("127.0.0.1").describe("Address to listen on."),
    port: z.int().min(0).max(65535).default(3000).describe("Port to listen on; 0 takes a free one."),
    trusted_proxies: z.int().min(0).max(10).default(0).describe("How many proxies stand in front; their X-Forwarded-For entries are believed."),
    drain: z.strictObject({
      announce: seconds.max(300).default(5).describe("Seconds for which everything is still answered after SIGTERM, while `/readyz` says that it is not ready: longer than the load balancer needs to notice."),
      limit: seconds.max(3600).default(30).describe("Seconds after SIGTERM after which what is still under way is cut off."),
    }).prefault({}).describe("How an end is prepared, so that no request is lost."),
  }).prefault({}),
  database: z.strictObject({
    file: z.string().optional().describe("SQLite file; created when missing."),
    url: z.string().optional().describe("Or a PostgreSQL database: postgresql://user:password@host:port/database?sslmode=verify-full. DATABASE_URL decides over file and url."),
    pool: z.strictObject({
      size: z.int().min(3).max(500).default(10).describe("Connections of one process to PostgreSQL."),
    }).prefault({}),
    data_directory: z.string().optional().describe("Directory of what is kept beside the database: lists of revoked certificates, metadata of authenticators. Needed with PostgreSQL; otherwise that of the file when not given."),
  }),
  sealing: z.strictObject({
    keys: z.array(z.strictObject({
      id: z.string().regex(/^[\x21-\x7e]{1,32}$/).describe("Id that sealed values carry."),
      file: z.string().describe("File with 32 octets in base64url, readable by this process only."),
    })).min(1).describe("Keys that seal personal data at rest, the current one first; earlier ones only open."),
    digest_key_file: z.string().describe("File with 32 octets in base64url that key the look-up digests. Stays as long as the database."),
    digest_keys_after: z.array(z.string()).max(20).default([]).describe("Files of the digest keys that came after it, in their order: each wraps what the one before makes. None is ever taken out."),
    digest_key_next: z.string().optional().describe("File of the digest key to come: what stands under it is found, and nothing is written under it."),
  }),
  keys: z.strictObject({
    rotate_every: z.int().min(1).max(3650).nullable().default(90).describe("Days for which a signing key of the provider signs before the next one takes over by itself; null: only `keys rotate` rotates. Keys in a token are rotated by naming another."),
    pkcs11: z.strictObject({
      module: z.string().min(1).describe("Shared library of the token's maker."),
      token_label: z.string().min(1).max(32).describe("Label of the token."),
      pin_file: z.string().describe("File with the user's PIN, readable by this process only."),
      key_label: z.string().min(1).optional().describe("Label (CKA_LABEL) of the key pair on P-256 that signs with ES256."),
      key_id: z.string().regex(/^([0-9a-f]{2})+$/).optional().describe("Its id (CKA_ID) in hexadecimal, instead or as well."),
      rsa_key_label: z.string().min(1).optional().describe("Label of the RSA key pair that signs with RS256; without one that key is made here and sealed."),
      rsa_key_id: z.string().regex(/^([0-9a-f]{2})+$/).optional().describe("Its id in hexadecimal, instead or as well."),
    }).refine(({ key_label, key_id }) => key_label !== undefined || key_id !== undefined, "name the key by key_label, key_id or both").nullable().default(null).describe("A token (PKCS #11) that holds the signing keys: they never leave it."),
  }).prefault({}).describe("The provider's signing keys. See [keys.md](keys.md)."),
  trust: z.strictObject({
    user_authentication: z.array(z.string()).min(1).describe("Certificates (PEM or DER files) of the certification authorities for user authentication, all generations in use."),
    signature: z.array(z.string()).default([]).describe("The same for signature; never accepted at sign-in."),
  }).describe("Pinned trust anchors. None ships with the product."),
  policies: z.strictObject({
    user_authentication: policyList.optional().describe("Accepted certificate policies with their medium; replaces the built-in list."),
    signature: policyList.optional().describe("The same for signature certificates, whose attributes people may share."),
  }).prefault({}),
  status: z.strictObject({
    responders: z.array(z.strictObject({
      url: httpsUrl.describe("OCSP responder. The list is the allow-list: no address is ever taken from a certificate."),
      nonce: z.enum(["required", "optional", "none"]).default("required").describe("What is asked of its nonce."),
      maximum_age: seconds.nullable().default(null).describe("Oldest thisUpdate taken, in seconds; null leaves it to nextUpdate."),
    })).default([]).describe("Asked in this order."),
    crls: z.array(z.strictObject({
      url: httpsUrl.optional().describe("Where the CRL is published."),
      file: z.string().optional().describe("Or a file that the operator keeps up to date."),
      issuer: z.string().describe("Certificate file of the authority that signs it; one of the trust anchors."),
      refresh: seconds.default(3600).describe("Seconds after which a newer one is looked for. A file is read as soon as it has changed; a URL is asked conditionally, so that few seconds cost little; `status refresh` has all of them looked at now."),
    })).default([]).describe("Certificate revocation lists, asked when no responder answers."),
    good_cache: seconds.max(300).default(300).describe("Seconds a good answer is used again; never past its nextUpdate."),
    deadline: z.number().min(0.1).max(30).default(5).describe("Seconds for all sources together."),
    recheck: seconds.min(60).max(604_800).nullable().default(3600).describe("Seconds after which the status of people who used a passkey in the last thirty days is asked for again though they do not come back; null for never, where CRLs tell of every revocation."),
    refresh: seconds.max(86_400).default(300).describe("Seconds after which the status is asked for again when a person signs in."),
  }).describe("Where the status of certificates comes from. At least one responder or CRL."),
  continuity: z.strictObject({
    url: httpsUrl.describe("Service of the platform operator that names the certificate a new one replaces."),
  }).nullable().default(null),
  enrolment: z.strictObject({
    app_link: httpsUrl.describe("Verified https app link that opens the app."),
    app_origins: z.array(z.url()).default([]).describe("Web origins whose pages may call the enrolment interface (apps need none)."),
    maximum_open: z.int().min(1).default(10_000).describe("Transactions open at once; more are refused."),
    maximum_open_per_network: z.int().min(1).default(20).describe("The same from one network: an IPv4 address, or the first 64 bits of an IPv6 address."),
  }),
  passkeys: z.strictObject({
    rp_id: z.string().optional().describe("WebAuthn relying party id; the issuer's host when not given."),
    origins: z.array(z.string()).default([]).describe("Further origins whose ceremonies count, such as the app's."),
    metadata: z.strictObject({
      url: httpsUrl.optional().describe("Where the BLOB of the FIDO Metadata Service (version 3) is published: `https://mds3.fidoalliance.org/`."),
      file: z.string().optional().describe("Or a file that the operator keeps up to date."),
      anchors: z.array(z.string()).min(1).describe("Certificates (PEM or DER files) of the authorities that the BLOB's signer may chain to: GlobalSign Root CA - R3 (SHA-256 of the certificate CBB522D7B7F127AD6A0113865BDF1CD4102E7D0759AF635A7CF4720DC963C53B) and GlobalSign Root R46 (4FA3126D8D3A11D1C4855A4F807CBAD6CF919D3A5A88B03BEA2C6372D93C40C9), from GlobalSign's page of root certificates."),
      signer: z.string().regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/).default("mds.fidoalliance.org").describe("DNS name in the signer's certificate."),
      refresh: seconds.min(60).max(604_800).default(21_600).describe("Seconds after which a newer BLOB is looked for."),
      grace: seconds.max(31_536_000).default(1_209_600).describe("Seconds for which a BLOB is used after the day on which the next was due. Later no model counts as good and no attestation is verified; compromised ones stay so."),
    }).nullable().default(null).describe("Names, icons, roots and states of authenticator models. Without it no attestation is verified, and passkeys end at AAL 2."),
  }).prefault({}),
  verified_claims: z.strictObject({
    trust_framework: z.string().regex(/^[\x21-\x7e]{1,100}$/).default("jp_jpki").describe("Name of the trust framework in verified_claims. Take a registered one, such as jp_aml, only if your procedures meet that law."),
  }).prefault({}),
  assurance: z.record(z.string(), z.unknown()).default({}).describe("Tightens the assurance policy; nothing can be loosened."),
  assurance_file: z.string().optional().describe("Or the same in a YAML or JSON file of its own."),
  resources: z.array(z.strictObject({
    identifier: z.url().describe("Resource indicator (RFC 8707): audience of its JWT access tokens."),
    name: z.string().min(1).describe("Name people see when they are asked for consent."),
    scopes: z.array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/)).min(1).describe("Scopes that may be asked for there."),
  })).default([]).describe("Protected resources that relying parties may ask access tokens for."),
  client_attesters: z.array(z.strictObject({
    clients: z.array(z.string().min(1)).min(1).describe("Relying parties for whose instances it may speak."),
    keys: z.array(z.strictObject({
      kid: z.string().min(1).describe("Key id in the attestation's header."),
      kty: z.literal("EC"),
      crv: z.literal("P-256"),
      x: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
      y: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
    })).min(1).describe("Its public keys as JWK (ES256)."),
  })).default([]).describe("Who attests instances of client apps (draft-ietf-oauth-attestation-based-client-auth, experimental). None: that client authentication is off."),
  mutual_tls: z.strictObject({
    origin: httpsUrl.describe("Where the proxy asks clients for a certificate; discovery names the endpoints there (`mtls_endpoint_aliases`)."),
    proxies: z.array(z.string()).min(1).describe("IP addresses from which proxies connect. The header counts on their connections alone; they must take away one that came in."),
    header: z.string().regex(/^[a-z0-9-]+$/).default("client-cert").describe("Header with the certificate, in lower case: as RFC 9440 has it, or percent-encoded PEM."),
    authorities: z.array(z.string()).default([]).describe("Certificate files of the authorities that issue client certificates, for `tls_client_auth`. None: only self-signed ones, by registration."),
  }).nullable().default(null).describe("Client authentication and access tokens by client certificates (RFC 8705). TLS ends at a proxy."),
  registration: z.strictObject({
    software_statements: z.array(z.strictObject({
      issuer: z.string().min(1).describe("`iss` of its statements."),
      keys: z.array(z.record(z.string(), z.unknown())).min(1).describe("Its public keys as JWK (ES256, PS256, EdDSA)."),
      hosts: z.array(z.string().min(1)).optional().describe("The only hosts that redirect URIs may have."),
      profile: z.literal("fapi2").optional().describe("Puts every registration under FAPI 2.0."),
      minimum_ial: z.int().min(1).max(3).optional().describe("Least identity assurance of every registration."),
      minimum_aal: z.int().min(1).max(3).optional().describe("Least authenticator assurance of every registration."),
    })).default([]).describe("Who may vouch for software (RFC 7591 2.3). Without one, only initial access tokens count (`client token`)."),
    maximum_clients: z.int().min(1).max(100_000).default(1000).describe("Most relying parties that registered themselves."),
  }).nullable().default(null).describe("Relying parties that register themselves (RFC 7591, RFC 7592), by an initial access token or a software statement. Off unless given."),
  retention: z.strictObject({
    status_answers: seconds.min(86_400).nullable().default(31_536_000).describe("Seconds for which answers about certificates are kept, sealed, after something rested on them; null for ever. Receipts name them for ever, but their verdicts can be replayed that long."),
    receipts_of_erased: seconds.nullable().default(157_680_000).describe("Seconds after an erasure for which the person's receipts are kept, of which none names anybody; null for ever. The chain of receipts holds without them."),
    ended_certificates: seconds.nullable().default(31_536_000).describe("Seconds after its expiry for which a certificate is kept, sealed, that another took the place of or that its person ended, unless a passkey in use was made with it; null for ever."),
  }).prefault({}).describe("How long what is past is kept."),
  outgoing: z.strictObject({
    private_hosts: z.array(z.string()).default([]).describe("Host names of relying parties that may be called (JWKS, back-channel logout, pushed events) although they resolve to private addresses: at any port and path, and, where relying parties register themselves, by whoever names them."),
  }).prefault({}),
  limits: z.strictObject({
    requests_per_minute: z.int().min(1).default(600).describe("Requests of one address."),
    sensitive_per_minute: z.int().min(1).default(60).describe("Requests of one address that start or prove something."),
    begun_per_network: z.int().min(1).default(2000).describe("Sign-ins, sign-outs and entries of device codes that one network may begin in fifteen minutes: what each of them stores is kept that long."),
    begun: z.int().min(1).default(500_000).describe("The same of all networks together."),
    total_per_second: z.int().min(1).default(2000).describe("Requests of all addresses together that one process takes."),
    connections: z.int().min(10).default(10_000).describe("Connections that one process keeps at once."),
    connections_per_address: z.int().min(1).default(500).describe("The same of one address. Behind proxies it is for them to limit that."),
  }).prefault({}).describe("What strangers may ask for, of all processes on one database together unless it says otherwise. docs/limits.md has all limits."),
  metrics: z.strictObject({
    host: z.string().default("127.0.0.1").describe("Address to listen on. Not for the public: it has neither limits nor authentication."),
    port: z.int().min(0).max(65535).describe("Port of `/metrics` and of the `/readyz` that tells why not; 0 takes a free one."),
  }).nullable().default(null).describe("Metrics for Prometheus on a port of their own ([observability.md](observability.md)). Off unless given."),
  tracing: z.strictObject({
    endpoint: httpsUrl.describe("Where spans are sent by OTLP over HTTP (JSON), such as `http://127.0.0.1:4318/v1/traces`."),
    sample: z.number().min(0).max(1).default(0.1).describe("Share of requests that are traced, 0 to 1, where no trusted proxy has decided."),
  }).nullable().default(null).describe("Traces by OpenTelemetry. Off unless given."),
  log_requests: z.boolean().default(true).describe("Whether every request leaves a line in the log, at `info`; refusals and failures do in any case, within the limit of [limits.md](limits.md)."),
  log: z.enum(["debug", "info", "warn", "error", "silent"]).default("info").describe("Least severe level that is logged."),
});

export type ConfigurationFile = z.input<typeof configurationSchema>;
/** The same with every default filled in. */
export type CompleteConfiguration = z.output<typeof configurationSchema>;
