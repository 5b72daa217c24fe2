import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import path from "node:path";
import { end, type Service, type ServiceSettings } from "./application.ts";

/** An Apache of our own: its configuration, port and directory have nothing to do with the machine's. */

const program = "/usr/sbin/apache2";
const modules = "/usr/lib/apache2/modules";

/** Why there can be no Apache with mod_auth_openidc here, or null. */
export function missingForApache(): string | null {
  const absent = [program, `${modules}/mod_auth_openidc.so`].filter((file) => !existsSync(file));
  return absent.length === 0 ? null : `want of ${absent.join(" and ")}`;
}

/** A page that is served at `/name/` if `require` is fulfilled; `ask` is what its visitors are sent away with. */
export interface ProtectedPage {
  readonly name: string;
  readonly require: string;
  readonly ask?: string;
}

/** Starts Apache with a page for each of `pages`, its text the page's name. */
export async function startApache(settings: ServiceSettings, pages: readonly ProtectedPage[]): Promise<Service> {
  const directory = mkdtempSync(path.join(tmpdir(), "jpki-bridge-apache-"));
  // Apache's own user reads the pages; the file with the secret is read before it becomes that.
  chmodSync(directory, 0o755);
  for (const { name } of pages) {
    mkdirSync(path.join(directory, "pages", name), { recursive: true });
    writeFileSync(path.join(directory, "pages", name, "index.html"), name);
  }
  writeFileSync(path.join(directory, "pages", "signed-out"), "signed out");
  const file = path.join(directory, "httpd.conf");
  writeFileSync(file, configurationOf(settings, pages, directory), { mode: 0o600 });
  const child = spawn(program, ["-f", file, "-DFOREGROUND"], { stdio: "ignore" });
  const close = async (): Promise<void> => {
    await end(child);
    rmSync(directory, { recursive: true, force: true });
  };
  const base = `http://localhost:${settings.port}`;
  for (let tries = 0; tries < 100; tries += 1) {
    if (await fetch(`${base}/signed-out`).then(({ ok }) => ok, () => false)) return { base, close };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const log = path.join(directory, "error.log");
  const said = existsSync(log) ? readFileSync(log, "utf8") : "no log";
  await close();
  throw new Error(`Apache did not start: ${said}`);
}

function configurationOf({ issuer, clientId, clientSecret, port }: ServiceSettings, pages: readonly ProtectedPage[], directory: string): string {
  // Debian's Apache refuses to serve as root; whoever else starts it stays who they are.
  const user = userInfo().uid === 0 ? "User www-data\nGroup www-data" : "";
  const loaded = ["mpm_event", "authn_core", "authz_core", "authz_user", "auth_openidc", "dir", "headers"];
  return `ServerRoot ${directory}
ServerName localhost
Listen 127.0.0.1:${port}
PidFile ${directory}/pid
ErrorLog ${directory}/error.log
DefaultRuntimeDir ${directory}
${loaded.map((name) => `LoadModule ${name}_module ${modules}/mod_${name}.so`).join("\n")}
${user}
DocumentRoot ${directory}/pages
DirectoryIndex index.html
# The tests' browser is Node's fetch, which cannot say that it navigates.
RequestHeader unset Sec-Fetch-Mode early
OIDCProviderMetadataURL ${issuer}/.well-known/openid-configuration
OIDCClientID ${clientId}
OIDCClientSecret ${clientSecret}
OIDCProviderTokenEndpointAuth client_secret_basic
OIDCIDTokenSignedResponseAlg ES256
OIDCRedirectURI http://localhost:${port}/callback
OIDCCryptoPassphrase a-passphrase-of-this-test
OIDCResponseType code
OIDCPKCEMethod S256
OIDCScope openid
OIDCRemoteUserClaim sub
OIDCInfoHook access_token id_token userinfo
<Location /callback>
  AuthType openid-connect
  Require valid-user
</Location>
${pages.map(({ name, require, ask }) => `<Location /${name}/>
  AuthType openid-connect
  Require ${require}${ask === undefined ? "" : `\n  OIDCPathAuthRequestParams ${ask}`}
</Location>`).join("\n")}
`;
}
