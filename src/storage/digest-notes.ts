import type { ArtifactStore } from "./artifacts.ts";
import { LookUpsStopped, type Sealing } from "./sealing.ts";

/** The artifacts that name the digest keys which write, each by its id of {@link Sealing.digestKeyIds}. */
export const digestNote = "DigestKey";

/**
 * To be asked where nobody was found, in the same transaction and afterwards: whoever writes or wraps by a key has
 * noted it before. Without that key, whoever it hides would be taken for a stranger.
 * @throws LookUpsStopped where a key is noted that is not here.
 */
export async function requireNotedKeys({ artifacts }: { readonly artifacts: ArtifactStore }, { digestKeyIds }: Sealing): Promise<void> {
  const noted = await artifacts.count(digestNote, 0);
  let here = 0;
  for (const id of digestKeyIds) if ((await artifacts.find(digestNote, id)) !== null) here += 1;
  if (here < noted) throw new LookUpsStopped();
}
