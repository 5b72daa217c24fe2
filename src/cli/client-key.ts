import { readFileSync, rmSync, writeFileSync } from "node:fs";
import type { JWK } from "jose";
import { Refusal } from "../errors.ts";
import type { MadeKey } from "../relying-parties/index.ts";

/**
 * Writes the private key, if one was made, and registers then: a registration whose key nobody has would
 * be worth nothing. A key whose registration failed is removed; it would be in the way of the next attempt.
 * @throws Refusal `invalid_request` when the file cannot be written; what `register` throws.
 */
export async function keepingKey<Result>(file: string, made: MadeKey | null, register: () => Promise<Result>): Promise<Result> {
  if (made !== null) writeClientKey(file, made.privateKey);
  try {
    return await register();
  } catch (error) {
    if (made !== null) rmSync(file, { force: true });
    throw error;
  }
}

/** Where nothing was before, readable by this user alone. */
function writeClientKey(file: string, key: JWK): void {
  try {
    writeFileSync(file, `${JSON.stringify(key, null, 2)}\n`, { mode: 0o600, flag: "wx" });
  } catch (error) {
    const taken = (error as { code?: string }).code === "EEXIST";
    throw new Refusal("invalid_request", `--key-file ${file}: ${taken ? "is there already; name another, it is never overwritten" : "cannot be written"}`);
  }
}

/** The JSON in a file that an option names. @throws Refusal `invalid_request`. */
export function readJsonFile(option: string, file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    throw new Refusal("invalid_request", `${option} ${file}: cannot be read`);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new Refusal("invalid_request", `${option} ${file}: is not JSON`);
  }
}
