import { execFile } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { orThrow } from "../../src/errors.ts";
import { metadataOf, readyConfiguration, type RegistrationRequest } from "../../src/relying-parties/index.ts";
import { registration } from "../relying-parties/registrations.ts";
import { temporaryDirectory } from "../storage/temporary.ts";

/** Where Debian's packages apache2-bin and libapache2-mod-auth-openidc are; `APACHE_ROOT` names a folder they were unpacked in. */
const root = process.env["APACHE_ROOT"] ?? "";
const program = `${root}/usr/sbin/apache2`;
const modules = `${root}/usr/lib/apache2/modules`;
const isThere = existsSync(program) && existsSync(`${modules}/mod_auth_openidc.so`);

const rows: [string, Partial<RegistrationRequest>][] = [
  ["plain", {}],
  ["with levels", { minimumIal: 2, minimumAal: 2 }],
  ["with RS256", { signingAlgorithm: "RS256" }],
];
test.skipIf(!isThere).each(rows)("Apache with mod_auth_openidc takes the configuration as printed (skipped without both): %s", async (_name, changes) => {
  const metadata = orThrow(metadataOf(registration({ authentication: "client_secret_basic", jwks: undefined as never, ...changes })));
  const printed = orThrow(readyConfiguration("apache", { issuer: "https://bridge.example", keyFile: "", metadata }));
  const directory = temporaryDirectory();
  const names = ["mpm_event", "authn_core", "authz_core", "authz_user", "auth_openidc"];
  const loaded = names.map((name) => `LoadModule ${name}_module ${modules}/mod_${name}.so`).join("\n");
  const file = path.join(directory, "apache.conf");
  writeFileSync(file, `ServerRoot ${directory}\nServerName localhost\nErrorLog ${directory}/error.log\nPidFile ${directory}/pid\nListen 127.0.0.1:48999\n${loaded}\n${printed}`);
  const environment = { ...process.env, LD_LIBRARY_PATH: `${root}/usr/lib/x86_64-linux-gnu`, CLIENT_SECRET: "secret", OIDC_PASSPHRASE: "passphrase" };
  const { stderr } = await promisify(execFile)(program, ["-t", "-f", file], { env: environment });
  expect(stderr.trim()).toBe("Syntax OK");
});
