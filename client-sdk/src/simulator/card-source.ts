import { readFile } from "node:fs/promises";
import type { SecureElementImage } from "../software/secure-element-image.ts";
import type { CardChoice } from "./command-line.ts";
import { fetchPersona, isImage, isJlisThere, sandboxJlis } from "./jlis-personas.ts";
import { SimulatorRefusal } from "./simulator-refusal.ts";
import { isThrowAwayPersona, makeThrowAwayImage, throwAwayPersonas } from "./throw-away-personas.ts";

/** The card that is put into the reader, and where it is from. */
export interface SourcedCard {
  readonly source: "file" | "jlis" | "throw-away";
  /** The file, the J-LIS stand-in's address with the persona, or the persona. */
  readonly name: string;
  readonly image: SecureElementImage;
}

/**
 * Finds or makes the card that was asked for; `usualJlis` is looked at when it may be from anywhere.
 * @throws SimulatorRefusal saying why there is none.
 */
export async function findCard(choice: CardChoice, usualJlis: string = sandboxJlis): Promise<SourcedCard> {
  const { persona } = choice;
  if (choice.from === "file") return { source: "file", name: choice.file, image: await readImageFile(choice.file) };
  if (choice.from === "jlis") return fromJlis(choice.jlis, persona);
  if (choice.from === "anywhere" && (await isJlisThere(usualJlis))) return fromJlis(usualJlis, persona);
  if (!isThrowAwayPersona(persona)) throw new SimulatorRefusal(`there is no throw-away persona ${persona}; there are ${Object.keys(throwAwayPersonas).join(", ")}`);
  return { source: "throw-away", name: persona, image: await makeThrowAwayImage(persona) };
}

async function fromJlis(origin: string, persona: string): Promise<SourcedCard> {
  return { source: "jlis", name: `${persona} of ${origin}`, image: await fetchPersona(origin, persona) };
}

async function readImageFile(file: string): Promise<SecureElementImage> {
  const image = await readFile(file, "utf8").then((text) => JSON.parse(text) as unknown).catch((cause: unknown) => {
    throw new SimulatorRefusal(`${file} cannot be read as JSON`, { cause });
  });
  if (!isImage(image)) throw new SimulatorRefusal(`${file} is no Secure Element image: it lacks "authentication" and "signature"`);
  return image;
}
