import type { HttpFault } from "./http-faults.ts";

/** Steps that may be taken any number of times; all others count once. */
const repeatable = ["status", "passkey/options", "continuation"];

/** The way to the bridge, on which one request meets a fault; it notes what the bridge answered. */
export class FaultyWire {
  /** Requests that came so far. */
  position = 0;
  readonly #faultAt: number;
  readonly #fault: HttpFault;
  readonly #taken = new Map<string, number>();
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(faultAt = Infinity, fault: HttpFault = ({ send }) => send()) {
    this.#faultAt = faultAt;
    this.#fault = fault;
  }

  readonly fetch: typeof globalThis.fetch = async (input, { signal, ...init } = {}) => {
    const { position } = this;
    this.position += 1;
    const step = String(input).replace(/^.*\/transactions\/[^/]*\//u, "");
    const send = (): Promise<Response> => this.#send(step, input, init);
    if (position !== this.#faultAt) return send();
    const givenUp = new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve()));
    return this.#fault({ send, givenUp });
  };

  /** Once nothing is under way any more, also nothing that nobody waits for. */
  async idle(): Promise<void> {
    // What was given up is sent on only then.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  /** The steps that the bridge took, each with how many times it did. */
  taken(): [string, number][] {
    return [...this.#taken];
  }

  /** The steps that count once and that the bridge took more than once. */
  takenTwice(): string[] {
    return this.taken().filter(([step, times]) => times > 1 && !repeatable.includes(step)).map(([step]) => step);
  }

  async #send(step: string, input: Parameters<typeof fetch>[0], init: RequestInit): Promise<Response> {
    const answer = fetch(input, init);
    this.#underWay.add(answer);
    try {
      const response = await answer;
      if (response.ok) this.#taken.set(step, (this.#taken.get(step) ?? 0) + 1);
      return response;
    } finally {
      this.#underWay.delete(answer);
    }
  }
}
