import { open, readFile, rename, rm } from "node:fs/promises";
import { accept, refuse, type Verdict } from "../errors.ts";

/** The BLOB of an earlier start; `null` when there is none. */
export async function readKeptMetadata(file: string): Promise<Verdict<Uint8Array> | null> {
  try {
    return accept(await readFile(file));
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "file";
    return code === "ENOENT" ? null : refuse("metadata_unavailable", code);
  }
}

/** Replaces the file at once or not at all; `false` when it could not be written. */
export async function keepMetadata(file: string, octets: Uint8Array): Promise<boolean> {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    const handle = await open(temporary, "w", 0o600);
    try {
      await handle.writeFile(octets);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
    return true;
  } catch {
    await rm(temporary, { force: true }).catch(() => undefined);
    return false;
  }
}
