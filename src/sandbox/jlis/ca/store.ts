import { readFile } from "node:fs/promises";
import path from "node:path";
import { utf8 } from "../../../bytes.ts";
import { makePrivateDirectory, writeFileAtomically } from "./files.ts";
import { Queue } from "./queue.ts";
import { stateSchema } from "./state.ts";
import type { SandboxState } from "./state.ts";

export interface Change<Value> {
  readonly state: SandboxState;
  readonly value: Value;
}

/** The state in memory and its file. Changes run one after another, and count only once they are on disk. */
export class Store {
  readonly #file: string;
  #state: SandboxState;
  readonly #changes = new Queue();

  private constructor(file: string, state: SandboxState) {
    this.#file = file;
    this.#state = state;
  }

  /** Opens the state kept in `directory`, or keeps what `create` makes there. */
  static async open(directory: string, create: () => Promise<SandboxState>): Promise<Store> {
    await makePrivateDirectory(directory);
    const file = path.join(directory, "state.json");
    const kept = await readState(file);
    if (kept !== null) return new Store(file, kept);
    const state = await create();
    await writeState(file, state);
    return new Store(file, state);
  }

  get state(): SandboxState {
    return this.#state;
  }

  /** Runs `step` on the latest state; when it or the write fails, nothing has changed. */
  async change<Value>(step: (state: SandboxState) => Change<Value> | Promise<Change<Value>>): Promise<Value> {
    return this.#changes.run(async () => {
      const { state, value } = await step(this.#state);
      if (state !== this.#state) await writeState(this.#file, state);
      this.#state = state;
      return value;
    });
  }

  /** Resolves when every change asked for so far is done. */
  async settled(): Promise<void> {
    await this.#changes.settled();
  }
}

async function writeState(file: string, state: SandboxState): Promise<void> {
  await writeFileAtomically(file, utf8(`${JSON.stringify(state, null, 1)}\n`));
}

async function readState(file: string): Promise<SandboxState | null> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
  const parsed = stateSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new Error(`The sandbox state ${file} cannot be read. Remove its directory to start with a new sandbox authority.`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
