import { setTimeout as wait } from "node:timers/promises";
import { Citizen, WrongAnswer } from "./citizen.ts";
import type { Town } from "./town.ts";

/** What everybody does, one after the other. */
const journeys: readonly ((citizen: Citizen, isRepeated: boolean) => Promise<void>)[] = [
  (citizen) => citizen.enrol(),
  (citizen, isRepeated) => citizen.refresh(isRepeated),
  (citizen) => citizen.signOut(),
  (citizen) => citizen.recover(),
  (citizen) => citizen.signIn(),
];
export const journeysOfEach = journeys.length;

export interface Lived {
  readonly citizens: readonly Citizen[];
  readonly done: number;
  /** Why a journey was begun again, one entry each time. */
  readonly repeated: readonly string[];
  /** What must not be: answers that were wrong, journeys that never came to their end. */
  readonly wrong: readonly string[];
}

interface Living {
  /** People at once. */
  readonly parallel?: number;
  /** Milliseconds after which a journey that was begun again and again has not ended. */
  readonly patience?: number;
  /** Told after each journey how many have ended. */
  readonly onDone?: (done: number) => void;
}

/** All people of a town do all of it; whoever is not answered begins again. */
export async function liveIn(town: Town, { parallel = 8, patience = 60_000, onDone }: Living = {}): Promise<Lived> {
  const citizens = town.people.map((name) => new Citizen(town, name));
  const [repeated, wrong]: [string[], string[]] = [[], []];
  let done = 0;

  const travel = async (citizen: Citizen, journey: (typeof journeys)[number]): Promise<void> => {
    const end = performance.now() + patience;
    for (let isRepeated = false; ; isRepeated = true) {
      try {
        await journey(citizen, isRepeated);
        done += 1;
        onDone?.(done);
        return;
      } catch (error) {
        const reason = reasonOf(error);
        repeated.push(reason);
        if (error instanceof WrongAnswer || performance.now() > end) throw new Error(`${citizen.name}: ${reason}`, { cause: error });
        await wait(150);
      }
    }
  };
  const waiting = citizens.values();
  const oneAfterTheOther = async (): Promise<void> => {
    for (const citizen of waiting) {
      try {
        for (const journey of journeys) await travel(citizen, journey);
      } catch (error) {
        wrong.push(error instanceof Error ? error.message : String(error));
      }
    }
  };
  await Promise.all(Array.from({ length: parallel }, oneAfterTheOther));
  return { citizens, done, repeated, wrong };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
