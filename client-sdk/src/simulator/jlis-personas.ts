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
 * @throws SimulatorRefusal if it has no such persona, or does not answer as one.
 */
export async function fetchPersona(origin: string, persona: string): Promise<SecureElementImage> {
  const response = await ask(origin, `/personas/${encodeURIComponent(persona)}/secure-element.json`);
  if (response.status === 404) throw new SimulatorRefusal(`the J-LIS stand-in at ${origin} has no persona ${persona}; it has ${(await personaIds(origin)).join(", ")}`);
  if (!response.ok) throw new SimulatorRefusal(`the J-LIS stand-in at ${origin} answered with status ${response.status}`);
  const image = await readJson(response);
  if (!isImage(image)) throw notJlis(origin);
  return image;
}

/** Whether it has the two members; what is in them is checked when a Secure Element is made of it. */
export function isImage(value: unknown): value is SecureElementImage {
  return typeof value === "object" && value !== null && "authentication" in value && "signature" in value;
}

async function personaIds(origin: string): Promise<readonly unknown[]> {
  const { personas }: { personas?: unknown } = Object(await readJson(await ask(origin, "/personas.json")));
  if (!Array.isArray(personas)) throw notJlis(origin);
  return personas.map((persona: unknown) => Object(persona).id);
}

/** `null` if it is none. */
async function readJson(response: Response): Promise<unknown> {
  return response.json().catch(() => null);
}

function notJlis(origin: string): SimulatorRefusal {
  return new SimulatorRefusal(`what answers at ${origin} is no J-LIS stand-in of a sandbox`);
}

async function ask(origin: string, path: string): Promise<Response> {
  try {
    return await fetch(new URL(path, origin), { signal: AbortSignal.timeout(timeout) });
  } catch (cause) {
    throw new SimulatorRefusal(`no J-LIS stand-in answers at ${origin}`, { cause });
  }
}
