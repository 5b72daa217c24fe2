import { randomUUID } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";

/** Makes a directory, and those above it, that only its owner may enter. */
export async function makePrivateDirectory(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
}

/** The file holds the old or the new content, never a part: written beside it (0600), flushed, renamed. */
export async function writeFileAtomically(file: string, content: Uint8Array): Promise<void> {
  const temporary = `${file}.${randomUUID()}`;
  try {
    const handle = await open(temporary, "wx", 0o600);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
