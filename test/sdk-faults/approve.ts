import { ApprovalFlow, type ApprovalOptions, type ApprovalState, JpkiApplet, type SelectOptions, type Transport } from "@jpki-bridge/client-sdk";
import type { Opened } from "../attacks/setting.ts";
import { numberIn } from "../support/journey.ts";
import type { World } from "../support/world.ts";
import { makePasskeyInBrowser, pin } from "./setting.ts";
import type { Way } from "./ways.ts";

export interface ApproveOptions {
  readonly opening: Opened;
  readonly transport: Transport;
  readonly medium: ApprovalOptions["medium"];
  readonly select?: SelectOptions;
  readonly fetch?: typeof globalThis.fetch;
  /** Seconds that the bridge has to answer. */
  readonly answerWithin?: number;
  readonly passkey?: Way["passkey"];
}

/** More turns than any way through an approval has, also with a fault on it. */
const mostTurns = 20;

/** A person who answers every question of an {@link ApprovalFlow} rightly, and tries again whatever can be. */
export class Approver {
  readonly #world: World;
  readonly #options: ApproveOptions;
  readonly #flow: ApprovalFlow;

  constructor(world: World, options: ApproveOptions) {
    const { opening, transport, medium, select, fetch, answerWithin, passkey = "here" } = options;
    const { authenticator } = opening.person;
    this.#world = world;
    this.#options = options;
    this.#flow = ApprovalFlow.start(opening.link, {
      issuers: [world.issuer], language: "en", now: () => world.now(), medium, fetch, answerWithin,
      connect: ({ signal }) => JpkiApplet.select(transport, { ...select, signal }),
      createCredential: passkey === "browser" ? undefined : async (creation) => authenticator.create(creation as never, world.jlis.origin) as never,
    });
  }

  /** Where it ends: `completed`, `cancelled`, or `failed` for good. */
  async approve(): Promise<ApprovalState> {
    for (let turn = 0; turn < mostTurns; turn += 1) {
      const state = await this.#settled();
      if (state.step === "completed" || state.step === "cancelled" || (state.step === "failed" && !state.retry)) return state;
      await this.#answer(state);
    }
    throw new Error(`goes round in circles: ${JSON.stringify(this.#flow.state)}`);
  }

  async cancel(): Promise<void> {
    await this.#flow.cancel();
  }

  async #settled(): Promise<ApprovalState> {
    const { state } = this.#flow;
    if (state.step !== "working") return state;
    return new Promise((resolve) => {
      const stop = this.#flow.subscribe((next) => {
        if (next.step === "working") return;
        stop();
        resolve(next);
      });
    });
  }

  async #answer(state: ApprovalState): Promise<void> {
    const flow = this.#flow;
    const { opening, passkey } = this.#options;
    if (state.step === "consent") await flow.agree();
    else if (state.step === "number") await flow.enterNumber(await numberIn(opening.person, opening.progress));
    else if (state.step === "approval") await flow.enterPin(new TextEncoder().encode(pin), { spendLastTry: state.lastTry });
    else if (state.step === "pin_blocked") await flow.useAnother();
    else if (state.step === "passkey") await (passkey === "browser" ? flow.continueInBrowser() : flow.createPasskey());
    else if (state.step === "confirmation") await this.#confirm(state.continuation.url);
    else if (state.step === "failed") await flow.retry();
  }

  /** Where the phone's page says that the link leads nowhere any more, the person asks the app for another. */
  async #confirm(url: string): Promise<void> {
    const number = await makePasskeyInBrowser(this.#world, this.#options.opening, url);
    await (number === null ? this.#flow.continueInBrowser() : this.#flow.confirm(number));
  }
}
