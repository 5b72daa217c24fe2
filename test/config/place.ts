import { chmodSync, writeFileSync } from "node:fs";
import path from "node:path";
import { toBase64, toBase64Url } from "../../src/bytes.ts";
import { checkConfiguration, type Configuration, ConfigurationError, type ConfigurationFile } from "../../src/config.ts";
import { SANDBOX_MARKER } from "../../src/jpki/sandbox-marker.ts";
import { makeAuthority } from "../certificates/authority.ts";
import { jpkiAuthority } from "../certificates/jpki.ts";
import { name } from "../certificates/names.ts";
import { temporaryDirectory } from "../storage/temporary.ts";

export const sandboxAuthority = (): Uint8Array => makeAuthority({ subject: name(["C", "JP"], ["O", SANDBOX_MARKER], ["CN", "CA"]) }).certificate;
export const pem = (der: Uint8Array): string => `-----BEGIN CERTIFICATE-----\n${toBase64(der).replace(/(.{64})/g, "$1\n")}\n-----END CERTIFICATE-----\n`;

/** A directory with every file that {@link complete} names, and some that are wrong. */
export function place(): string {
  const directory = temporaryDirectory();
  const files: Record<string, string | Uint8Array> = {
    "ca-1.der": jpkiAuthority("authentication", 1).certificate,
    "ca-2.pem": pem(jpkiAuthority("authentication", 2).certificate),
    "signature-ca.der": jpkiAuthority("signature", 1).certificate,
    "other-ca.der": makeAuthority().certificate,
    "sandbox-ca.der": sandboxAuthority(),
    "two.pem": pem(jpkiAuthority("authentication", 1).certificate) + pem(jpkiAuthority("authentication", 2).certificate),
    "truncated.der": jpkiAuthority("authentication", 1).certificate.subarray(0, 200),
    "text.pem": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    "seal-1.key": `${toBase64Url(new Uint8Array(32).fill(1))}\n`,
    "seal-2.key": toBase64Url(new Uint8Array(32).fill(2)),
    "digest.key": toBase64Url(new Uint8Array(32).fill(3)),
    "zeros.key": toBase64Url(new Uint8Array(32)),
    "short.key": toBase64Url(new Uint8Array(31)),
    "padded.key": toBase64(new Uint8Array(32)),
    "open.key": toBase64Url(new Uint8Array(32).fill(4)),
    "policy.yaml": "version: ours-1\nstatusFresh: 60\n",
    "loose.json": JSON.stringify({ version: "x", statusFresh: 1e9 }),
    "open.der": jpkiAuthority("authentication", 1).certificate,
    "open.so": "",
    "empty": "",
  };
  for (const [file, content] of Object.entries(files)) writeFileSync(path.join(directory, file), content, { mode: 0o600 });
  chmodSync(path.join(directory, "open.key"), 0o644);
  for (const file of ["open.der", "open.so"]) chmodSync(path.join(directory, file), 0o666);
  return directory;
}

/** A configuration for production with nothing wrong. */
export const complete = (): ConfigurationFile => ({
  issuer: "https://login.example.jp",
  database: { file: "bridge.db" },
  sealing: { keys: [{ id: "1", file: "seal-1.key" }], digest_key_file: "digest.key" },
  trust: { user_authentication: ["ca-1.der", "ca-2.pem"], signature: ["signature-ca.der"] },
  status: { responders: [{ url: "http://ocsp.example.jp" }], crls: [{ url: "https://crl.example.jp/1.crl", issuer: "ca-1.der" }] },
  enrolment: { app_link: "https://app.example.jp/enrol" },
});

/** Every sentence about a configuration; none when it is complete. */
export function problemsOf(input: unknown, mode: Configuration["mode"] = "production", directory = place()): readonly string[] {
  try {
    checkConfiguration(input, directory, mode);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
}
