import { mkdirSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { newIdentifier } from "../identifiers.ts";

/** Directories that this process works in. */
const ours = new Set<string>();

/** A directory beside a place, for what gets its name there last. */
export interface Staging {
  readonly directory: string;
  /** To be called whatever became of it. */
  remove(): void;
}

/**
 * Makes a directory that no other attempt at this place works in, and no stranger has put there. Those of
 * processes that are gone are removed.
 * @param ending of its name: what lies there is not what is to be there.
 */
export function makeStaging(place: string, ending: "partial" | "restoring"): Staging {
  const [parent, name] = [path.dirname(path.resolve(place)), path.basename(place)];
  mkdirSync(parent, { recursive: true, mode: 0o700 });
  for (const left of readdirSync(parent)) {
    if (left.startsWith(`${name}.`) && left.endsWith(`.${ending}`) && !isAtWork(path.join(parent, left))) rmSync(path.join(parent, left), { recursive: true, force: true });
  }
  const directory = path.join(parent, `${name}.${process.pid}.${newIdentifier()}.${ending}`);
  // Never one that is there already, nor where a link leads.
  mkdirSync(directory, { mode: 0o700 });
  ours.add(directory);
  return {
    directory,
    remove: () => {
      rmSync(directory, { recursive: true, force: true });
      ours.delete(directory);
    },
  };
}

/** By the process that is in its name; in a container each begins with the same one. */
function isAtWork(directory: string): boolean {
  const id = Number(/\.(?<id>\d+)\.[^.]+\.[a-z]+$/u.exec(directory)?.groups?.["id"] ?? process.pid);
  if (id === process.pid) return ours.has(directory);
  try {
    return process.kill(id, 0);
  } catch (error) {
    // Somebody else's is there, too.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
