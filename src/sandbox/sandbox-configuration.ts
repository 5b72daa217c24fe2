import { existsSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { randomBytes, toBase64Url } from "../bytes.ts";
import type { ConfigurationFile } from "../config.ts";
import type { ProtectedResource } from "../provider/index.ts";
import type { FidoMetadataStandIn } from "./fido/metadata-stand-in.ts";
import type { Jlis } from "./jlis/jlis.ts";

export interface SandboxPlace {
  readonly directory: string;
  readonly issuer: string;
  readonly port: number;
  readonly jlis: Jlis;
  /** Without it nothing is known of models of authenticators. */
  readonly fido?: FidoMetadataStandIn;
  readonly resources: readonly ProtectedResource[];
}

/** The configuration that an operator would write, with the sandbox's neighbours in it. */
export function sandboxConfiguration(place: SandboxPlace): ConfigurationFile {
  const { directory, issuer, port, jlis, fido, resources } = place;
  const anchors = jlis.anchors();
  const write = (name: string, der: Uint8Array): string => {
    const file = path.join(directory, name);
    writeFileSync(file, der, { mode: 0o600 });
    return file;
  };
  const userAuthentication = anchors.userAuthentication.map((der, index) => write(`user-authentication-ca-${index + 1}.der`, der));
  const signature = anchors.signature.map((der, index) => write(`signature-ca-${index + 1}.der`, der));
  return {
    issuer,
    name: "JPKI Bridge",
    listen: { host: "127.0.0.1", port },
    database: { file: path.join(directory, "jpki-bridge.db") },
    sealing: { keys: [{ id: "sandbox", file: keyFile(directory, "sealing.key") }], digest_key_file: keyFile(directory, "digest.key") },
    trust: { user_authentication: userAuthentication, signature },
    // A sandbox is for trying things out: a revocation shows at the next sign-in.
    status: { responders: [{ url: jlis.ocspUrl }], crls: crlsOf(jlis, userAuthentication), good_cache: 2, refresh: 2 },
    continuity: { url: `${jlis.origin}/continuity` },
    enrolment: { app_link: `${jlis.origin}/phone`, app_origins: [jlis.origin] },
    passkeys: {
      origins: [jlis.origin],
      ...(fido !== undefined && { metadata: { url: fido.url, anchors: [write("fido-metadata-ca.der", fido.anchor)], signer: fido.signer, refresh: 60 } }),
    },
    outgoing: { private_hosts: ["localhost"] },
    resources: resources.map(({ identifier, name, scopes }) => ({ identifier, name, scopes: [...scopes] })),
  };
}

function crlsOf(jlis: Jlis, userAuthentication: readonly string[]): NonNullable<NonNullable<ConfigurationFile["status"]>["crls"]> {
  const authorities = jlis.authority.authorities.filter(({ use }) => use === "user-authentication");
  return authorities.flatMap(({ id }, index) => {
    const issuer = userAuthentication[index];
    return issuer === undefined ? [] : jlis.crlUrls.filter((url) => url.includes(`/crl/${id}/`)).map((url) => ({ url, issuer, refresh: 60 }));
  });
}

function keyFile(directory: string, name: string): string {
  const file = path.join(directory, name);
  if (!existsSync(file)) writeFileSync(file, toBase64Url(randomBytes(32)), { mode: 0o600 });
  return file;
}

/** A loopback port that nobody uses. */
export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = address !== null && typeof address === "object" ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
