import type { Faults } from "./ca/state.ts";
import type { Store } from "./ca/store.ts";

/** The switches that break the stand-in on purpose. They survive a restart, like everything else here. */
export class FaultSwitches {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  get current(): Faults {
    return this.#store.state.faults;
  }

  async set(changed: Partial<Faults>): Promise<Faults> {
    return this.#store.change((state) => {
      const faults = { ...state.faults, ...changed };
      return { state: { ...state, faults }, value: faults };
    });
  }
}
