import { type ContinuedEnrolment, type DpopKey, EnrolmentClient, EnrolmentError, type EnrolmentOutcome, JpkiApplet, type SelectOptions, type Transport } from "@jpki-bridge/client-sdk";
import type { Opened } from "../attacks/setting.ts";
import { numberIn } from "../support/journey.ts";
import type { World } from "../support/world.ts";
import { makePasskeyInBrowser, pin } from "./setting.ts";
import type { Way } from "./ways.ts";

export interface EnrolOptions {
  readonly opening: Opened;
  readonly transport: Transport;
  readonly select?: SelectOptions;
  readonly fetch?: typeof globalThis.fetch;
  /** Seconds that the bridge has to answer. */
  readonly answerWithin?: number;
  readonly key?: DpopKey;
  readonly passkey?: Way["passkey"];
}

const attempts = 3;

/** A step that ended in `network_error` may be taken again. */
async function insisting<Result>(step: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await step();
    } catch (error) {
      const isPassing = error instanceof EnrolmentError && error.code === "network_error";
      if (!isPassing || attempt === attempts) throw error;
    }
  }
}

/** Enrols by {@link EnrolmentClient}; where the browser is on another device, its number is read off it. */
export async function enrol(world: World, { opening, transport, select = {}, fetch, answerWithin, key, passkey = "here" }: EnrolOptions): Promise<EnrolmentOutcome> {
  const { link, person, progress } = opening;
  const client = await EnrolmentClient.open({ link, issuers: [world.issuer], language: "en", now: () => world.now(), fetch, answerWithin, key });
  const claimed = await insisting(() => client.claim());
  const number = claimed.numberRequired ? { number: await numberIn(person, progress) } : {};
  const stated = await insisting(() => claimed.statement(number));
  const applet = await JpkiApplet.select(transport, select);
  const signed = await stated.sign({ applet, pin: new TextEncoder().encode(pin) });
  const proved = await insisting(() => signed.send());
  if (proved.next !== "passkey") return proved;
  if (passkey === "here") {
    return insisting(() => proved.createPasskey(async (options) => person.authenticator.create(options as never, world.jlis.origin) as never));
  }
  return confirmInBrowser(world, opening, await insisting(() => proved.continuation()));
}

/** Where the phone's page says that the link leads nowhere any more, the app makes another. */
async function confirmInBrowser(world: World, opening: Opened, continued: ContinuedEnrolment): Promise<EnrolmentOutcome> {
  const number = await makePasskeyInBrowser(world, opening, continued.continuation.url);
  if (number !== null) return insisting(() => continued.confirm(number));
  return confirmInBrowser(world, opening, await insisting(() => continued.newContinuation()));
}
