import type { Cancellable } from "../transports/cancellation.ts";
import { DpopKey } from "./dpop.ts";
import { readClaimAnswer, type EnrolmentOutcome } from "./enrolment-answers.ts";
import { EnrolmentChannel } from "./enrolment-channel.ts";
import { EnrolmentError } from "./enrolment-error.ts";
import { readEnrolmentLink } from "./enrolment-link.ts";
import { askStanding, isRefusal, lostOutcome } from "./enrolment-standing.ts";
import { ClaimedEnrolment, SignedEnrolment, StatedEnrolment } from "./enrolment-steps.ts";
import { ContinuedEnrolment, ProvedEnrolment } from "./passkey-steps.ts";
import { readSaved, type SavedEnrolment } from "./saved-enrolment.ts";

interface CommonOptions {
  /** The issuers this app works with. A link of any other is refused before anything is sent. */
  readonly issuers: readonly string[];
  /** In place of the platform's `fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** `Accept-Language` for the sentences of refusals; `ja` if absent. */
  readonly language?: string | undefined;
  /** In place of the device's clock: seconds since the epoch. */
  readonly now?: (() => number) | undefined;
  /** Seconds that the bridge has to answer; 20 if absent, which is longer than its own checks may take. */
  readonly answerWithin?: number | undefined;
}

/** What an enrolment begins with. */
export interface OpenOptions extends CommonOptions {
  /** The link that was opened or scanned. */
  readonly link: string;
  /**
   * The ephemeral key, in place of a new one that cannot be exported. For an enrolment that is saved: one that
   * the app keeps as a handle, or `await DpopKey.generate({ extractable: true })`.
   */
  readonly key?: DpopKey | undefined;
}

/** What an enrolment goes on with. */
export interface ResumeOptions extends CommonOptions, Cancellable {
  /** The key that the platform held, if it is not in what was saved. */
  readonly key?: DpopKey | undefined;
}

/** Where an enrolment goes on; `next` tells which. */
export type ResumedEnrolment = EnrolmentClient | ClaimedEnrolment | StatedEnrolment | SignedEnrolment | ProvedEnrolment | ContinuedEnrolment | EnrolmentOutcome;

/** An enrolment that this device has not claimed yet. Every method rejects with an {@link EnrolmentError}. */
export class EnrolmentClient {
  readonly next = "claim";
  readonly #channel: EnrolmentChannel;
  readonly #secret: string;

  private constructor(channel: EnrolmentChannel, secret: string) {
    this.#channel = channel;
    this.#secret = secret;
  }

  /** Reads the link and makes the ephemeral key. Nothing is sent. */
  static async open(options: OpenOptions): Promise<EnrolmentClient> {
    const { secret, ...link } = readEnrolmentLink(options.link, options.issuers);
    return new EnrolmentClient(openChannel(link, options.key ?? (await DpopKey.generate()), options), secret);
  }

  /**
   * Goes on after the app was restarted, from what `save()` gave. The bridge is asked where it stands, so
   * that a step it took already is not taken again.
   *
   * Rejects with `saved_malformed`, with the bridge's code if the enrolment is over, with `network_error`, and
   * with `answer_lost` if the restart came between the bridge's answer and `save()`, where it is given once.
   */
  static async resume(value: unknown, options: ResumeOptions): Promise<ResumedEnrolment> {
    const { now = systemTime } = options;
    const saved = readSaved(value, options.issuers, now());
    const { issuer, transaction } = saved;
    const channel = openChannel({ issuer, transaction }, options.key ?? (await readKey(saved)), options);
    if (saved.step === "opened") return new EnrolmentClient(channel, saved.secret);
    return channel.unlessGivenUp(async () => stepAt(channel, saved, await askStanding(channel, options)), options);
  }

  /** What {@link resume} needs to go on from here. The link's secret is in it: keep it in the platform's secure storage. */
  async save(): Promise<SavedEnrolment> {
    return { version: 1, ...this.#channel.link, key: await this.#channel.key.exportJwk(), step: "opened", secret: this.#secret };
  }

  /**
   * Takes the transaction for this device: one device can, once. The answer is given once, too: after a
   * `network_error` the claim may be tried again, and is `answer_lost` if the bridge had taken it.
   */
  async claim(options: Cancellable = {}): Promise<ClaimedEnrolment> {
    if (options.signal?.aborted === true) throw new EnrolmentError("cancelled");
    return this.#channel.unlessGivenUp(async () => {
      try {
        const answer = await this.#channel.post("claim", { secret: this.#secret }, options);
        return new ClaimedEnrolment(this.#channel, readClaimAnswer(answer, this.#channel.link));
      } catch (error) {
        throw isRefusal(error, "transaction_already_claimed") && (await this.#isClaimedHere(options)) ? new EnrolmentError("answer_lost", { at: "claim" }) : error;
      }
    }, options);
  }

  /** Ends the transaction, if this device has claimed it and the bridge can be reached: never rejects. */
  async giveUp(): Promise<void> {
    return this.#channel.giveUp();
  }

  /** The bridge answers nobody but the device that claimed. */
  async #isClaimedHere(options: Cancellable): Promise<boolean> {
    return this.#channel.post("status", {}, options).then(
      () => true,
      (error: unknown) => {
        if (isRefusal(error, "network_error")) throw error;
        return false;
      },
    );
  }
}

/** What was saved, as far as the bridge stands by it. */
function stepAt(channel: EnrolmentChannel, saved: Exclude<SavedEnrolment, { step: "opened" }>, state: string): ResumedEnrolment {
  const { request } = saved;
  if (state === "claimed" && saved.step === "claimed") return new ClaimedEnrolment(channel, request);
  if (state === "challenged" && saved.step === "stated") return new StatedEnrolment(channel, request, saved.statement);
  if (state === "challenged" && saved.step === "signed") return new SignedEnrolment(channel, request, saved.proof);
  const isOpen = saved.step === "continued" && (state === "passkey_pending" || saved.continuation.expires_at > channel.now());
  if ((state === "proved" || state === "passkey_pending") && isOpen) return new ContinuedEnrolment(channel, request, saved.continuation);
  if (state === "proved") return new ProvedEnrolment(channel, request);
  const outcome = lostOutcome(state, request);
  if (outcome === null) throw new EnrolmentError("answer_lost", { at: state });
  return outcome;
}

async function readKey({ key }: SavedEnrolment): Promise<DpopKey> {
  try {
    return await DpopKey.fromJwk(key ?? {});
  } catch {
    // What WebCrypto says of it might hold some of it.
    throw new EnrolmentError("saved_malformed", { at: "key" });
  }
}

function openChannel(link: { readonly issuer: string; readonly transaction: string }, key: DpopKey, options: CommonOptions): EnrolmentChannel {
  const { fetch = globalThis.fetch, language = "ja", now = systemTime, answerWithin = 20 } = options;
  return new EnrolmentChannel({ link, key, fetch, language, now, answerWithin });
}

function systemTime(): number {
  return Math.floor(Date.now() / 1000);
}
