import type { CreateCredential, Transport } from "@jpki-bridge/client-sdk";

/** What one enrolment exchanged, and the milliseconds that passed in the client itself. */
export interface Consumption {
  readonly commands: number;
  readonly sentToElement: number;
  readonly receivedFromElement: number;
  readonly requests: number;
  /** Bodies, and the header that carries the proof of possession. */
  readonly sentToBridge: number;
  readonly receivedFromBridge: number;
  readonly inClient: number;
}

/** Stands between a client and all that it waits for: counts what passes, and stops the clock meanwhile. */
export class Meter {
  #commands = 0;
  #sentToElement = 0;
  #receivedFromElement = 0;
  #requests = 0;
  #sentToBridge = 0;
  #receivedFromBridge = 0;
  #waited = 0;

  async run(client: () => Promise<unknown>): Promise<Consumption> {
    const started = performance.now();
    await client();
    const inClient = performance.now() - started - this.#waited;
    return {
      commands: this.#commands, sentToElement: this.#sentToElement, receivedFromElement: this.#receivedFromElement,
      requests: this.#requests, sentToBridge: this.#sentToBridge, receivedFromBridge: this.#receivedFromBridge, inClient,
    };
  }

  transport(element: Transport): Transport {
    return {
      transmit: async (command) => {
        this.#commands += 1;
        this.#sentToElement += command.length;
        const answer = await this.outside(() => element.transmit(command));
        this.#receivedFromElement += answer.length;
        return answer;
      },
    };
  }

  readonly fetch: typeof globalThis.fetch = async (url, init) => {
    this.#requests += 1;
    this.#sentToBridge += String(init?.body ?? "").length + (new Headers(init?.headers).get("dpop") ?? "").length;
    return this.outside(async () => {
      const response = await fetch(url, init);
      const body = await response.arrayBuffer();
      this.#receivedFromBridge += body.byteLength;
      return new Response(body, response);
    });
  };

  ceremony(createCredential: CreateCredential): CreateCredential {
    return (options, more) => this.outside(() => createCredential(options, more));
  }

  /** Work that is not the client's. */
  async outside<Result>(work: () => Promise<Result>): Promise<Result> {
    const started = performance.now();
    try {
      return await work();
    } finally {
      this.#waited += performance.now() - started;
    }
  }
}
