/**
 * The device's side of an enrolment, top to bottom. Each step answers an object that offers the steps
 * that may follow, so a wrong order cannot be written.
 */
import type { JpkiApplet } from "../applet/applet.ts";
import { toBase64Url } from "../bytes.ts";
import { DpopKey } from "./dpop.ts";
import { findDisagreement } from "./enrolment-agreement.ts";
import * as answers from "./enrolment-answers.ts";
import type { Continuation, EnrolmentOutcome, EnrolmentRequest, EnrolmentStatus } from "./enrolment-answers.ts";
import { EnrolmentChannel } from "./enrolment-channel.ts";
import { EnrolmentError } from "./enrolment-error.ts";
import { readEnrolmentLink } from "./enrolment-link.ts";
import type { CreateCredential } from "./passkey.ts";
import { codeHash, statementDigest, type EnrolmentStatement } from "../statement/statement.ts";

export interface OpenOptions {
  /** The link that was opened or scanned. */
  readonly link: string;
  /** The issuers this app works with. A link of any other is refused before anything is sent. */
  readonly issuers: readonly string[];
  /** In place of the platform's `fetch`. */
  readonly fetch?: typeof globalThis.fetch;
  /** `Accept-Language` for the sentences of refusals; `ja` if absent. */
  readonly language?: string;
  /** In place of the device's clock: seconds since the epoch. */
  readonly now?: () => number;
}

/** An enrolment that this device has not claimed yet. Every method rejects with an {@link EnrolmentError}. */
export class EnrolmentClient {
  readonly #channel: EnrolmentChannel;

  private constructor(channel: EnrolmentChannel) {
    this.#channel = channel;
  }

  /** Reads the link and makes the ephemeral key. Nothing is sent. */
  static async open(options: OpenOptions): Promise<EnrolmentClient> {
    const { fetch = globalThis.fetch, language = "ja", now = () => Math.floor(Date.now() / 1000) } = options;
    const link = readEnrolmentLink(options.link, options.issuers);
    return new EnrolmentClient(new EnrolmentChannel({ link, key: await DpopKey.generate(), fetch, language, now }));
  }

  /** Takes the transaction for this device: one device can, once. */
  async claim(): Promise<ClaimedEnrolment> {
    const { link } = this.#channel;
    const answer = await this.#channel.post("claim", { secret: link.secret });
    return new ClaimedEnrolment(this.#channel, answers.readRequest(answer, link));
  }
}

/** What can be done at any step after the claim. */
class Enrolment {
  protected readonly channel: EnrolmentChannel;

  constructor(channel: EnrolmentChannel) {
    this.channel = channel;
  }

  async status(): Promise<EnrolmentStatus> {
    return answers.readStatus(await this.channel.post("status", {}));
  }

  /** Ends the transaction for both devices. */
  async cancel(): Promise<void> {
    await this.channel.post("cancel", {});
  }
}

/** Claimed: show `request`, and ask for the two digits that the browser shows if `numberRequired`. */
export class ClaimedEnrolment extends Enrolment {
  readonly request: EnrolmentRequest;
  readonly numberRequired: boolean;

  constructor(channel: EnrolmentChannel, request: EnrolmentRequest) {
    super(channel);
    this.request = request;
    this.numberRequired = request.device === "other";
  }

  /**
   * Fetches the statement and holds it against what was shown. A wrong number is `number_wrong` with
   * `attemptsLeft`, and may be tried again.
   */
  async statement({ number }: { readonly number?: string } = {}): Promise<StatedEnrolment> {
    const typed = this.numberRequired ? readNumber(number ?? "", /^[0-9]{2}$/u) : null;
    const answer = await this.channel.post("statement", typed === null ? {} : { number: typed });
    const statement = answers.readStatement(answer);
    const hash = typed === null ? null : await codeHash(statement.nonce, typed);
    const agreed = { request: this.request, thumbprint: this.channel.key.thumbprint, codeHash: hash, now: this.channel.now() };
    const disagreement = findDisagreement(statement, agreed);
    if (disagreement !== null) throw new EnrolmentError("statement_mismatch", { at: disagreement });
    return new StatedEnrolment(this.channel, statement);
  }
}

export interface ProveOptions {
  readonly applet: JpkiApplet;
  /** The PIN of the authentication key. Given as bytes, it is overwritten with zeros whatever happens. */
  readonly pin: Uint8Array | string;
  /** Whether the PIN may be presented when a wrong one would block it. Ask the person first. */
  readonly spendLastTry?: boolean;
}

/** The statement is here and agrees with the request: ask the person for the PIN, then prove. */
export class StatedEnrolment extends Enrolment {
  readonly statement: EnrolmentStatement;

  constructor(channel: EnrolmentChannel, statement: EnrolmentStatement) {
    super(channel);
    this.statement = statement;
  }

  /**
   * Lets the applet sign the statement and sends the proof. A wrong PIN is an `AppletError` before
   * anything was sent, and may be tried again; once sent, the statement is used up.
   */
  async prove({ applet, pin, spendLastTry }: ProveOptions): Promise<ProvedEnrolment | EnrolmentOutcome> {
    await applet.verifyPin("authentication", pin, { spendLastTry });
    const certificate = await applet.readCertificate("authentication");
    const signature = await applet.sign("authentication", await statementDigest(this.statement));
    const proof = { certificate: toBase64Url(certificate), signature: toBase64Url(signature) };
    const answer = answers.readProofAnswer(await this.channel.post("proof", proof), this.channel.link.issuer);
    return answer.next === "passkey" ? new ProvedEnrolment(this.channel) : answer;
  }
}

/** The proof was accepted: now the passkey, on this device. */
export class ProvedEnrolment extends Enrolment {
  readonly next = "passkey";

  /** First choice: the ceremony runs here. What `createCredential` throws is passed on, and it may be tried again. */
  async createPasskey(createCredential: CreateCredential): Promise<EnrolmentOutcome> {
    const options = answers.readPasskeyOptions(await this.channel.post("passkey/options", {}));
    const credential = await createCredential(options);
    return answers.readOutcome(await this.channel.post("passkey", { credential }), this.channel.link.issuer);
  }

  /** Otherwise: a page in this device's browser, to be opened at once. */
  async continuation(): Promise<ContinuedEnrolment> {
    const { issuer } = this.channel.link;
    return new ContinuedEnrolment(this.channel, answers.readContinuation(await this.channel.post("continuation", {}), issuer));
  }
}

/** The passkey is being made in this device's browser, and counts for nothing until it is confirmed here. */
export class ContinuedEnrolment extends Enrolment {
  readonly continuation: Continuation;

  constructor(channel: EnrolmentChannel, continuation: Continuation) {
    super(channel);
    this.continuation = continuation;
  }

  /** Confirms with the six digits that the page shows once the passkey is made; three tries. */
  async confirm(number: string): Promise<EnrolmentOutcome> {
    const typed = readNumber(number, /^[0-9]{6}$/u);
    return answers.readOutcome(await this.channel.post("confirm", { number: typed }), this.channel.link.issuer);
  }
}

/** Digits as a person types them: Japanese keyboards also give the full-width ones. */
function readNumber(typed: string, form: RegExp): string {
  const number = typed.normalize("NFKC").trim();
  if (!form.test(number)) throw new EnrolmentError("number_malformed");
  return number;
}
