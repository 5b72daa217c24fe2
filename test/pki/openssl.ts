import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll } from "vitest";
import type { TestKey } from "../certificates/keys.ts";

/** The `openssl` of the machine, when there is one: code nobody here wrote, to compare with. */

export const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;
// A suite that skips says so (and why).
if (!hasOpenssl) process.stderr.write("skipped: comparison with openssl, for there is no openssl on this machine\n");

export interface OpensslFolder {
  file(name: string): string;
  write(name: string, content: Uint8Array | string): string;
  /** What it printed, on either stream. Throws when it fails. */
  run(...args: readonly string[]): string;
}

/** A folder of its own for one test file, removed at its end. */
export function opensslFolder(): OpensslFolder {
  const folder = mkdtempSync(path.join(tmpdir(), "openssl-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (name: string) => path.join(folder, name);
  return {
    file,
    write(name, content) {
      writeFileSync(file(name), content);
      return file(name);
    },
    run(...args) {
      const { status, stdout, stderr } = spawnSync("openssl", args, { cwd: folder, encoding: "utf8" });
      if (status !== 0) throw new Error(`openssl ${args[0]}: ${stderr}`);
      return stdout + stderr;
    },
  };
}

export const certificatePem = (der: Uint8Array) => `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString("base64").replace(/.{64}(?=.)/g, "$&\n")}\n-----END CERTIFICATE-----\n`;
export const keyPem = (key: TestKey) => key.privateKey.export({ type: "pkcs8", format: "pem" }).toString();

/** One line of the database of `openssl ca`; `revokedAt` as YYMMDDHHMMSSZ with a reason. */
export const indexLine = (serialNumber: number, revoked = ""): string => {
  const hex = serialNumber.toString(16).toUpperCase();
  return [revoked === "" ? "V" : "R", "400101000000Z", revoked, hex.length % 2 === 0 ? hex : `0${hex}`, "unknown", "/C=JP/CN=person"].join("\t");
};
