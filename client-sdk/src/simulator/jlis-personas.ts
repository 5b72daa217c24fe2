import type { SecureElementImage } from "../software/secure-element-image.ts";
import { SimulatorRefusal } from "./simulator-refusal.ts";

/** Where the sandbox has its J-LIS stand-in. */
export const sandboxJlis = "http://localhost:3200";

const timeout = 5_000;

/** Whether a J-LIS stand-in answers there. */
export async function isJlisThere(origin: string): Promise<boolean> {
  try {
    const response = await fetch(new URL("/personas.json", origin), { signal: AbortSignal.timeout(timeout) });
    return response.ok && Array.isArray(((await response.json()) as { personas?: unknown } | null)?.personas);
  } catch {
    // Nobody is there, or somebody else.
    return false;
  }
}

/**
 * The card or phone of a persona of a J-LIS stand-in.
 * @throws SimulatorRefusal if it has no such persona, or does not answer.
 */
export async function fetchPersona(origin: string, persona: string): Promise<SecureElementImage> {
  const response = await ask(origin, `/personas/${encodeURIComponent(persona)}/secure-element.json`);
  if (response.status === 404) throw new SimulatorRefusal(`the J-LIS stand-in at ${origin} has no persona ${persona}; it has ${(await personaIds(origin)).join(", ")}`);
  if (!response.ok) throw new SimulatorRefusal(`the J-LIS stand-in at ${origin} answered with status ${response.status}`);
  return (await response.json()) as SecureElementImage;
}

async function personaIds(origin: string): Promise<readonly string[]> {
  const { personas } = (await (await ask(origin, "/personas.json")).json()) as { personas: readonly { id: string }[] };
  return personas.map(({ id }) => id);
}

async function ask(origin: string, path: string): Promise<Response> {
  try {
    return await fetch(new URL(path, origin), { signal: AbortSignal.timeout(timeout) });
  } catch (cause) {
    throw new SimulatorRefusal(`no J-LIS stand-in answers at ${origin}`, { cause });
  }
}
