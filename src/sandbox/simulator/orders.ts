import type { PersonaId } from "../jlis/personas/personas.ts";
import { type Fault, type OtherEndpoint, signInEndpoints } from "./faults/fault.ts";

/** How far the person goes. `as_asked`: as far as the bridge asks for. */
export const levels = ["as_asked", "ial3-aal3", "ial3-aal2", "ial1-aal2"] as const;
export type SimulatedLevel = (typeof levels)[number];

/** What is to happen at the next sign-ins of a client, or of any. */
export interface Order {
  /** Null: whoever comes next. */
  readonly clientId: string | null;
  readonly persona: PersonaId;
  readonly level: SimulatedLevel;
  /** Whether the person is signed in at the bridge before, as for `prompt=none`. */
  readonly signedIn: boolean;
  /** The pages are shown, to a person or a browser under test. */
  readonly interactive: boolean;
  /** Presses the button that declines. */
  readonly declines: boolean;
  readonly fault: Fault | null;
  readonly delayMs: number;
  /** How many times. */
  readonly count: number;
}

/** What happens where nothing was ordered. */
export const usual: Order = { clientId: null, persona: "good-phone", level: "as_asked", signedIn: false, interactive: false, declines: false, fault: null, delayMs: 10_000, count: 1 };

/** Orders, each taken as often as it says, the first that fits first. */
export class Orders {
  #waiting: { readonly order: Order; left: number }[] = [];

  add(order: Order): void {
    this.#waiting.push({ order, left: order.count });
  }

  clear(): void {
    this.#waiting = [];
  }

  /** What is still to come. */
  list(): readonly Order[] {
    return this.#waiting.map(({ order, left }) => ({ ...order, count: left }));
  }

  /** For a sign-in of this client. */
  forSignIn(clientId: string | null): Order {
    return this.#take(({ fault, clientId: wanted }) => !isOfRequest(fault) && (wanted === null || wanted === clientId)) ?? usual;
  }

  /** For a request that belongs to no sign-in, if something was ordered for it. */
  forRequest(endpoint: OtherEndpoint): Order | null {
    return this.#take(({ fault }) => fault?.at === endpoint);
  }

  #take(fits: (order: Order) => boolean): Order | null {
    const found = this.#waiting.find(({ order }) => fits(order));
    if (found === undefined) return null;
    found.left -= 1;
    this.#waiting = this.#waiting.filter(({ left }) => left > 0);
    return found.order;
  }
}

const isOfRequest = (fault: Fault | null): boolean => fault !== null && !(signInEndpoints as readonly string[]).includes(fault.at);
