import { closeSync, fstatSync, mkdirSync, openSync, readSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import path from "node:path";
import { utf8 } from "../bytes.ts";
import { decodeSavedCrl, encodeSavedCrl, type SavedCrl } from "../pki/crl-saved.ts";
import { sha256Base64Url } from "../pki/digest.ts";

/** CRLs on disk, one file for each source, so that a start does not fetch and read them again. */
export interface CrlFiles {
  /** The CRL saved under the key; `null` when there is none, or the file is not whole. */
  load(key: string): SavedCrl | null;
  /** Replaces the file at once or not at all; `false` when it could not be written. */
  save(key: string, saved: SavedCrl): Promise<boolean>;
}

/** @param directory - is made when it does not exist, for this user alone. */
export function createCrlFiles(directory: string): CrlFiles {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const fileOf = (key: string) => path.join(directory, `${sha256Base64Url(utf8(key))}.crl-index`);
  return {
    load(key) {
      const octets = readShared(fileOf(key));
      return octets === null ? null : decodeSavedCrl(octets, key);
    },
    async save(key, saved) {
      const file = fileOf(key);
      const temporary = `${file}.${process.pid}.tmp`;
      try {
        await writeParts(temporary, encodeSavedCrl(saved, key));
        await rename(temporary, file);
        return true;
      } catch {
        await rm(temporary, { force: true }).catch(() => undefined);
        return false;
      }
    },
  };
}

async function writeParts(file: string, parts: readonly Uint8Array[]): Promise<void> {
  const handle = await open(file, "w", 0o600);
  try {
    for (const part of parts) await handle.writeFile(part);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Into shared memory, where a worker reads the table without a copy. */
function readShared(file: string): Uint8Array | null {
  let descriptor: number;
  try {
    descriptor = openSync(file, "r");
  } catch {
    return null;
  }
  try {
    const octets = new Uint8Array(new SharedArrayBuffer(fstatSync(descriptor).size));
    for (let at = 0; at < octets.length; ) {
      const read = readSync(descriptor, octets, at, octets.length - at, null);
      if (read === 0) return null;
      at += read;
    }
    return octets;
  } finally {
    closeSync(descriptor);
  }
}
