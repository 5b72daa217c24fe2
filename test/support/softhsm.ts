import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { generateKeyPairSync } from "node:crypto";

const modules = ["/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so", "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so", "/usr/local/lib/softhsm/libsofthsm2.so"];
const found = modules.find((file) => existsSync(file));

/** Why there is no token to try with; null where there is one. */
export const whyNoSoftHsm = found === undefined ? "SoftHSM2 is not installed (apt install softhsm2)" : null;

/** A token of SoftHSM2 in a directory of its own. The library reads where it is from the environment, once in a process. */
export interface SoftHsm {
  readonly module: string;
  readonly label: string;
  readonly pin: string;
  readonly directory: string;
  /** For processes that are to find the token. */
  readonly environment: Readonly<Record<string, string>>;
  /** Puts a new key pair into the token. */
  addKey(label: string, kind?: "P-256" | "P-384" | "RSA"): void;
  removeKey(label: string): void;
}

export function softHsm(): SoftHsm {
  const directory = mkdtempSync(path.join(tmpdir(), "jpki-bridge-softhsm-"));
  const configuration = path.join(directory, "softhsm2.conf");
  mkdirSync(path.join(directory, "tokens"));
  writeFileSync(configuration, `directories.tokendir = ${directory}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n`);
  const environment = { SOFTHSM2_CONF: configuration };
  const [label, pin] = ["bridge", "271828"];
  const run = (program: string, ...words: string[]): void => void execFileSync(program, words, { env: { ...process.env, ...environment }, stdio: "pipe" });
  run("softhsm2-util", "--init-token", "--free", "--label", label, "--so-pin", "31415926", "--pin", pin);
  process.env["SOFTHSM2_CONF"] = configuration;
  let count = 0;
  return {
    module: found ?? "", label, pin, directory, environment,
    addKey: (name, kind = "P-256") => {
      const { privateKey } = kind === "RSA" ? generateKeyPairSync("rsa", { modulusLength: 2048 }) : generateKeyPairSync("ec", { namedCurve: kind });
      const file = path.join(directory, "import.pem");
      writeFileSync(file, privateKey.export({ type: "pkcs8", format: "pem" }));
      count += 1;
      run("softhsm2-util", "--import", file, "--token", label, "--pin", pin, "--label", name, "--id", (0xa0 + count).toString(16));
    },
    removeKey: (name) => {
      for (const type of ["privkey", "pubkey"]) run("pkcs11-tool", "--module", found ?? "", "--token-label", label, "--login", "--pin", pin, "--delete-object", "--type", type, "--label", name);
    },
  };
}
