import { answerFaults } from "./answer-faults.ts";
import { callbackFaults } from "./callback-faults.ts";
import type { Fault } from "./fault.ts";
import { idTokenFaults } from "./id-token-faults.ts";
import { logoutFaults } from "./logout-faults.ts";

/** Every fault on the wire between bridge and relying party. */
export const faults: readonly Fault[] = [...callbackFaults, ...idTokenFaults, ...answerFaults];

/** Everything that `GET /faults` lists. */
export const faultList = [...faults, ...logoutFaults].map(({ name, at, description, expected }) => ({ name, at, description, expected }));

export const faultNamed = (name: string): Fault | undefined => faults.find((fault) => fault.name === name);
