import type { DpopKey } from "./dpop.ts";
import { EnrolmentError } from "./enrolment-error.ts";
import type { TransactionReference } from "./enrolment-link.ts";
import { refuseIfCancelled, unlessCancelled, type Cancellable } from "../transports/cancellation.ts";

/** A JSON object as it came over the wire: every member has yet to be looked at. */
export type Answer = Readonly<Partial<Record<string, unknown>>>;

export interface ChannelOptions {
  readonly link: TransactionReference;
  readonly key: DpopKey;
  readonly fetch: typeof globalThis.fetch;
  /** `Accept-Language` for the sentences of refusals. */
  readonly language: string;
  /** Seconds since the epoch. */
  readonly now: () => number;
  /** Seconds that the bridge has to answer. */
  readonly answerWithin: number;
}

/** The calls of one transaction, each with a DPoP proof by its key. */
export class EnrolmentChannel {
  readonly link: TransactionReference;
  readonly key: DpopKey;
  readonly now: () => number;
  readonly answerWithin: number;
  readonly #fetch: typeof globalThis.fetch;
  readonly #language: string;
  #givenUp: Promise<void> | null = null;

  constructor({ link, key, fetch, language, now, answerWithin }: ChannelOptions) {
    this.link = link;
    this.key = key;
    this.now = now;
    this.answerWithin = answerWithin;
    this.#fetch = fetch;
    this.#language = language;
  }

  /**
   * Posts one step and gives its answer.
   * @throws EnrolmentError with the bridge's code, `network_error` or `answer_malformed`
   */
  async post(step: string, request: object, options: Cancellable = {}): Promise<Answer> {
    try {
      return await this.#postOnce(step, request, options);
    } catch (error) {
      // The network carried it twice, and this is the answer to the second. Asked anew, the bridge tells what the first came to.
      if (error instanceof EnrolmentError && error.code === "device_proof_used") return this.#postOnce(step, request, options);
      throw error;
    }
  }

  async #postOnce(step: string, request: object, { signal }: Cancellable): Promise<Answer> {
    const { issuer, transaction } = this.link;
    const url = `${issuer.replace(/\/$/u, "")}/enrolment/v1/transactions/${transaction}/${step}`;
    const proof = await this.key.prove({ method: "POST", url, now: this.now() });
    const { response, text } = await this.#send(url, request, proof, signal);
    const answer = parseObject(text);
    if (answer !== null && response.status === 200) return answer;
    // The bridge has always something to say: this was cut on its way, or is a page of the network's own.
    if (response.status === 200) throw new EnrolmentError("network_error", { at: `${step}: no JSON object` });
    throw refusalIn(answer ?? {}, response, step);
  }

  /**
   * Runs a step. Who aborts it gives up the enrolment: it ends with `cancelled` at once, whatever is still
   * under way, and the bridge is told.
   */
  async unlessGivenUp<Result>(step: () => Promise<Result>, { signal }: Cancellable): Promise<Result> {
    try {
      refuseIfCancelled(signal);
      return await unlessCancelled(step(), signal);
    } catch (error) {
      if (signal?.aborted !== true) throw error;
      void this.giveUp();
      throw new EnrolmentError("cancelled");
    }
  }

  /** Tells the bridge, once and if it can be reached, that the enrolment ends here. Never rejects. */
  async giveUp(): Promise<void> {
    this.#givenUp ??= this.post("cancel", {}).then(
      () => undefined,
      () => undefined,
    );
    return this.#givenUp;
  }

  async #send(url: string, request: object, proof: string, signal: AbortSignal | undefined): Promise<{ response: Response; text: string }> {
    // As a plain function: a browser's fetch refuses any other `this` than its window.
    const fetch = this.#fetch;
    const controller = new AbortController();
    const abort = (): void => controller.abort();
    let timer: ReturnType<typeof setTimeout> | undefined;
    signal?.addEventListener("abort", abort);
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error("the bridge did not answer in time")), this.answerWithin * 1000);
    });
    try {
      refuseIfCancelled(signal);
      const answer = fetch(url, {
        method: "POST",
        headers: {
          accept: "application/json",
          "accept-language": this.#language,
          "content-type": "application/json",
          dpop: proof,
        },
        body: JSON.stringify(request),
        credentials: "omit",
        cache: "no-store",
        redirect: "error",
        referrerPolicy: "no-referrer",
        signal: controller.signal,
      });
      return await Promise.race([late, answer.then(async (response) => ({ response, text: await response.text() }))]);
    } catch (cause) {
      controller.abort();
      throw new EnrolmentError("network_error", { cause });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    }
  }
}

function refusalIn(answer: Answer, { status, headers }: Response, step: string): EnrolmentError {
  const { error, error_description, attempts_left } = answer;
  const seconds = headers.get("retry-after") ?? "";
  const retryAfter = /^[0-9]{1,6}$/u.test(seconds) ? Number(seconds) : undefined;
  if (typeof error !== "string") {
    // A proxy before the bridge says so when it cannot reach it, in words of its own.
    return new EnrolmentError(status >= 500 ? "network_error" : "answer_malformed", { at: `${step}: HTTP status ${status}`, retryAfter });
  }
  return new EnrolmentError(error, {
    description: typeof error_description === "string" ? error_description : undefined,
    attemptsLeft: typeof attempts_left === "number" ? attempts_left : undefined,
    retryAfter,
  });
}

function parseObject(text: string): Answer | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}
