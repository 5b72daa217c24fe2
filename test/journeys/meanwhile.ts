import type { ArtifactStore } from "../../src/storage/index.ts";
import type { World } from "../support/world.ts";

type Writing = "end" | "put" | "putUnlessConsumed";

/**
 * Right before the bridge next writes an artifact of a model, something else is done from beginning to end, as
 * another request does it whose time has come. Gives whether it was.
 */
export function before(world: World, model: string, writing: Writing, act: () => Promise<void>): () => boolean {
  const artifacts: ArtifactStore = world.bridge.storage.artifacts;
  const original = artifacts[writing] as (...parameters: unknown[]) => Promise<never>;
  let done = false;
  const delayed = async (...parameters: unknown[]): Promise<never> => {
    if (parameters[0] === model && !done) {
      done = true;
      await act();
    }
    return original(...parameters);
  };
  Object.assign(artifacts, { [writing]: delayed });
  return () => done;
}
