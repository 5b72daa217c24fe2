/**
 * The steps from the claim to the proof, top to bottom; passkey-steps.ts has those that follow. Each answers an object that offers the steps that may follow,
 * so a wrong order cannot be written. `next` tells them apart.
 *
 * Every step takes a `signal`; aborting it gives up the enrolment. A step that ended in `network_error` may
 * be taken again: if the bridge took it already, its outcome is fetched, and nothing is signed twice.
 */
import type { JpkiApplet } from "../applet/applet.ts";
import type { KeyUse } from "../applet/applet-table.ts";
import { toBase64Url } from "../bytes.ts";
import type { Cancellable } from "../transports/cancellation.ts";
import { findDisagreement } from "./enrolment-agreement.ts";
import * as answers from "./enrolment-answers.ts";
import type { Answer, EnrolmentChannel } from "./enrolment-channel.ts";
import type { EnrolmentOutcome, EnrolmentRequest } from "./enrolment-answers.ts";
import { EnrolmentError } from "./enrolment-error.ts";
import { askStanding, isRefusal, lostOutcome } from "./enrolment-standing.ts";
import { Enrolment, readNumber } from "./enrolment-step.ts";
import { ProvedEnrolment } from "./passkey-steps.ts";
import type { ClaimedDevice, Proof } from "./proof.ts";
import type { SavedStep } from "./saved-enrolment.ts";
import { codeHash, statementDigest, type EnrolmentStatement } from "../statement/statement.ts";

/** Claimed: show `request`, and ask for the two digits that the browser shows if `numberRequired`. */
export class ClaimedEnrolment extends Enrolment {
  readonly next = "statement";
  readonly numberRequired = this.request.device === "other";

  protected get savedStep(): SavedStep {
    return { step: "claimed", request: this.request };
  }

  /**
   * Fetches the statement and holds it against what was shown. A wrong number is `number_wrong` with
   * `attemptsLeft`, and may be tried again. The statement is given once: after a `network_error` it may be asked
   * for again, and is `answer_lost` if the bridge had given it.
   */
  async statement({ number = "", signal }: { readonly number?: string } & Cancellable = {}): Promise<StatedEnrolment> {
    return this.channel.unlessGivenUp(async () => {
      const typed = this.numberRequired ? readNumber(number, /^[0-9]{2}$/u) : null;
      const statement = answers.readStatement(await this.#fetchStatement(typed === null ? {} : { number: typed }, { signal }));
      const hash = typed === null ? null : await codeHash(statement.nonce, typed);
      const agreed = { request: this.request, thumbprint: this.channel.key.thumbprint, codeHash: hash, now: this.channel.now() };
      const disagreement = findDisagreement(statement, agreed);
      if (disagreement !== null) throw new EnrolmentError("statement_mismatch", { at: disagreement });
      return new StatedEnrolment(this.channel, this.request, statement);
    }, { signal });
  }

  async #fetchStatement(request: object, options: Cancellable): Promise<Answer> {
    try {
      return await this.post("statement", request, options);
    } catch (error) {
      const isGiven = isRefusal(error, "transaction_wrong_state") && (await askStanding(this.channel, options)) === "challenged";
      throw isGiven ? new EnrolmentError("answer_lost", { at: "statement" }) : error;
    }
  }
}

/** What it takes to sign. */
export interface ProveOptions extends Cancellable {
  readonly applet: JpkiApplet;
  /** The PIN of the authentication key. Given as bytes, it is overwritten with zeros whatever happens. */
  readonly pin: Uint8Array | string;
  /** Whether the PIN may be presented when a wrong one would block it. Ask the person first. */
  readonly spendLastTry?: boolean | undefined;
  /** What the bridge is told of the device, which it writes down and does not believe. */
  readonly device?: ClaimedDevice | undefined;
  /** Called before the certificate is read, and before the signature is made. */
  readonly onProgress?: ((progress: "reading_card" | "signing") => void) | undefined;
}

/** What it takes to sign with both keys, for the purpose `attributes`. */
export interface ProveAttributesOptions extends ProveOptions {
  /** The PIN of the signature key: 6 to 16 capital letters and digits. Given as bytes, it is overwritten as {@link ProveOptions.pin} is. */
  readonly signaturePin: Uint8Array | string;
}

/** What it takes to carry an ID over to another certificate, for the purpose `renew`: `applet` holds the new one. */
export interface ProveRenewalOptions extends ProveOptions {
  /** The Secure Element with the earlier certificate, and the PIN of its authentication key, overwritten as {@link ProveOptions.pin} is. */
  readonly previous: Pick<ProveOptions, "applet" | "pin" | "spendLastTry">;
}

/** The statement is here and agrees with the request: ask the person for the PIN, then prove. */
export class StatedEnrolment extends Enrolment {
  readonly next = "signature";
  readonly statement: EnrolmentStatement;
  #signed: Promise<SignedEnrolment> | null = null;

  constructor(channel: EnrolmentChannel, request: EnrolmentRequest, statement: EnrolmentStatement) {
    super(channel, request);
    this.statement = statement;
  }

  protected get savedStep(): SavedStep {
    return { step: "stated", request: this.request, statement: this.statement };
  }

  /** {@link sign} and send. May be called again after `network_error`: the same signature is sent. */
  async prove(options: ProveOptions): Promise<ProvedEnrolment | EnrolmentOutcome> {
    const signed = await this.sign(options);
    return signed.send(options);
  }

  /**
   * Lets the applet sign the statement; nothing is sent to the bridge. Rejects with the applet's `AppletError`
   * or `TransportError`, and may then be tried again. Once there is a signature, it is the only one.
   */
  async sign(options: ProveOptions): Promise<SignedEnrolment> {
    return this.#signWith(options, [options.pin], async () => this.#signBy("authentication", options.pin, options));
  }

  /** {@link signAttributes} and send. May be called again after `network_error`: the same signatures are sent. */
  async proveAttributes(options: ProveAttributesOptions): Promise<ProvedEnrolment | EnrolmentOutcome> {
    const signed = await this.signAttributes(options);
    return signed.send(options);
  }

  /**
   * For the purpose `attributes`: lets both keys of one Secure Element sign the statement, so that the signature
   * certificate is presented by the person the authentication certificate belongs to. As {@link sign} else.
   */
  async signAttributes(options: ProveAttributesOptions): Promise<SignedEnrolment> {
    return this.#signWith(options, [options.pin, options.signaturePin], async () => {
      const proof = await this.#signBy("authentication", options.pin, options);
      return { ...proof, attributes: await this.#signBy("signature", options.signaturePin, options) };
    });
  }

  /** {@link signRenewal} and send. May be called again after `network_error`: the same signatures are sent. */
  async proveRenewal(options: ProveRenewalOptions): Promise<ProvedEnrolment | EnrolmentOutcome> {
    const signed = await this.signRenewal(options);
    return signed.send(options);
  }

  /**
   * For the purpose `renew`: lets the keys of the earlier and the new certificate sign the same statement, which
   * shows that one person has both. As {@link sign} else.
   */
  async signRenewal(options: ProveRenewalOptions): Promise<SignedEnrolment> {
    const { previous } = options;
    return this.#signWith(options, [options.pin, previous.pin], async () => {
      const before = await this.#signBy("authentication", previous.pin, { ...options, ...previous });
      return { ...(await this.#signBy("authentication", options.pin, options)), previous: before };
    });
  }

  async #signWith({ device, signal }: ProveOptions, pins: readonly (Uint8Array | string)[], sign: () => Promise<Proof>): Promise<SignedEnrolment> {
    try {
      this.#signed ??= this.channel.unlessGivenUp(async () => new SignedEnrolment(this.channel, this.request, { ...(await sign()), ...(device && { device }) }), { signal });
      return await this.#signed;
    } catch (error) {
      this.#signed = null;
      throw error;
    } finally {
      for (const pin of pins) if (typeof pin !== "string") pin.fill(0);
    }
  }

  async #signBy(use: KeyUse, pin: Uint8Array | string, { applet, spendLastTry, signal, onProgress }: ProveOptions): Promise<Pick<Proof, "certificate" | "signature">> {
    onProgress?.("reading_card");
    await applet.verifyPin(use, pin, { spendLastTry, signal });
    const certificate = await applet.readCertificate(use, { signal });
    onProgress?.("signing");
    const signature = await applet.sign(use, await statementDigest(this.statement), { signal });
    return { certificate: toBase64Url(certificate), signature: toBase64Url(signature) };
  }
}

/** Signed: the proof is to be sent. It counts once, so it is never made anew. */
export class SignedEnrolment extends Enrolment {
  readonly next = "proof";
  readonly #proof: Proof;

  constructor(channel: EnrolmentChannel, request: EnrolmentRequest, proof: Proof) {
    super(channel, request);
    this.#proof = proof;
  }

  protected get savedStep(): SavedStep {
    return { step: "signed", request: this.request, proof: this.#proof };
  }

  /** Sends the proof. After `network_error` it may be sent again, which finds out what became of it. */
  async send(options: Cancellable = {}): Promise<ProvedEnrolment | EnrolmentOutcome> {
    return this.channel.unlessGivenUp(async () => {
      const outcome = await this.#send(options);
      return outcome.next === "passkey" ? new ProvedEnrolment(this.channel, this.request) : outcome;
    }, options);
  }

  async #send(options: Cancellable): Promise<EnrolmentOutcome | { readonly next: "passkey" }> {
    try {
      return answers.readProofAnswer(await this.post("proof", this.#proof, options), this.channel.link.issuer);
    } catch (error) {
      if (!isRefusal(error, "challenge_used")) throw error;
      const state = await askStanding(this.channel, options);
      const outcome = state === "proved" ? ({ next: "passkey" } as const) : lostOutcome(state, this.request);
      if (outcome === null) throw error;
      return outcome;
    }
  }
}
