import { type IncomingMessage, request as plainRequest, type ServerResponse } from "node:http";
import { createServer, request as tlsRequest } from "node:https";
import type { AddressInfo } from "node:net";
import { toBase64 } from "../../src/bytes.ts";
import type { Authority } from "../certificates/authority.ts";
import { buildCertificate } from "../certificates/certificate.ts";
import { der, sequence } from "../certificates/der-writer.ts";
import { authorityKeyIdentifier, extendedKeyUsage, type ExtensionSpec, keyUsage } from "../certificates/extensions.ts";
import { testKey } from "../certificates/keys.ts";
import { name } from "../certificates/names.ts";

/** A certificate with its key, as Node's TLS takes them. */
export interface Identity {
  readonly der: Uint8Array;
  readonly cert: string;
  readonly key: string;
  /** The public key as JWK, with the certificate in it. */
  readonly jwk: object;
}

const day = 86_400;
const tags = { email: 0x81, dns: 0x82, uri: 0x86, ip: 0x87 } as const;

/** A subjectAltName of one name; an IP address as octets. */
export function alternativeName(kind: keyof typeof tags, value: string | Uint8Array): ExtensionSpec {
  const octets = typeof value === "string" ? new TextEncoder().encode(value) : value;
  return { oid: "2.5.29.17", critical: false, value: sequence(der(tags[kind], octets)) };
}

/** A certificate for a client (or the proxy), by an authority or self-signed, valid today. */
export function identity(label: string, options: { readonly by?: Authority; readonly extensions?: readonly ExtensionSpec[]; readonly notAfter?: number } = {}): Identity {
  const spki = testKey("p256", label);
  const subject = name(["CN", label]);
  const today = Math.floor(Date.now() / 1000);
  const { by, extensions = [], notAfter = today + day } = options;
  const usual = [keyUsage("digitalSignature"), ...(by === undefined ? [] : [authorityKeyIdentifier(by.keyIdentifier)])];
  const built = buildCertificate({
    issuer: by?.subject ?? subject, subject, notBefore: today - 2 * day, notAfter: notAfter,
    spki: spki.spki, extensions: [...usual, ...extensions], signer: by?.key ?? spki,
  });
  const { d: _secret, ...publicJwk } = spki.privateKey.export({ format: "jwk" });
  const cert = `-----BEGIN CERTIFICATE-----\n${toBase64(built)}\n-----END CERTIFICATE-----\n`;
  return { der: built, cert, key: String(spki.privateKey.export({ type: "pkcs8", format: "pem" })), jwk: { ...publicJwk, kid: label, x5c: [toBase64(built)] } };
}

export const forClients = extendedKeyUsage("clientAuth");

export interface TlsProxy {
  readonly origin: string;
  /** Where it hands requests on to. */
  target: string;
  /** `fetch` with a client certificate at this proxy, without one elsewhere. */
  fetchAs(client: Identity | null): (url: string, init?: RequestInit) => Promise<Response>;
  close(): Promise<void>;
}

/** A proxy at which TLS ends: it asks for a certificate, takes any, and hands it on as RFC 9440 has it. */
export async function startTlsProxy(): Promise<TlsProxy> {
  const own = identity("localhost", { extensions: [alternativeName("dns", "localhost")] });
  const server = createServer({ cert: own.cert, key: own.key, requestCert: true, rejectUnauthorized: false }, (incoming, outgoing) => handOn(proxy.target, incoming, outgoing));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const proxy: TlsProxy = {
    origin: `https://localhost:${(server.address() as AddressInfo).port}`,
    target: "",
    fetchAs: (client) => (url, init = {}) => (url.startsWith(proxy.origin) ? fetchByTls(url, init, own, client) : fetch(url, init)),
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  return proxy;
}

function handOn(target: string, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { "client-cert": _fromOutside, ...headers } = incoming.headers;
  const shown = (incoming.socket as unknown as { getPeerCertificate(): { raw?: Buffer } }).getPeerCertificate().raw;
  const added = { "x-forwarded-for": "192.0.2.7", "x-forwarded-host": headers.host, "x-forwarded-proto": "https", ...(shown !== undefined && { "client-cert": `:${shown.toString("base64")}:` }) };
  const onward = plainRequest(`${target}${incoming.url}`, { method: incoming.method ?? "GET", headers: { ...headers, ...added } }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  incoming.pipe(onward);
}

function fetchByTls(url: string, { method = "GET", headers, body }: RequestInit, server: Identity, client: Identity | null): Promise<Response> {
  const options = { method, ca: server.cert, headers: Object.fromEntries(new Headers(headers)), agent: false, ...(client !== null && { cert: client.cert, key: client.key }) };
  return new Promise((resolve, reject) => {
    const sent = tlsRequest(url, options, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("end", () => {
        const fields = Object.entries(answer.headers).flatMap(([field, value]): [string, string][] => (value === undefined ? [] : [[field, String(value)]]));
        resolve(new Response(chunks.length === 0 ? null : Buffer.concat(chunks), { status: answer.statusCode ?? 502, headers: fields }));
      });
    });
    sent.on("error", reject);
    sent.end(body === undefined || body === null ? undefined : String(body));
  });
}
