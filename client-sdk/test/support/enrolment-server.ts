import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify } from "jose";
import { fromBase64Url } from "../../src/bytes.ts";
import { codeHash, makesPasskey, statementBytes, type EnrolmentStatement, type Purpose } from "../../src/statement/statement.ts";
import { certificates, verifies } from "./fixtures.ts";

export type Json = Record<string, unknown>;

/** An answer in place of the right one. A string is sent as it is. */
export interface Planned {
  readonly status: number;
  readonly body: Json | string;
  readonly headers?: Record<string, string>;
}

export interface ServerOptions {
  readonly publicKey: CryptoKey;
  readonly device: "same" | "other";
  readonly purpose?: Purpose;
  /** Answers to give instead, by step. */
  readonly planned?: Partial<Record<string, Planned>>;
  /** Steps that are taken, and whose next answer is then lost on its way. */
  readonly lost?: Set<string>;
  /** Steps that are never answered. */
  readonly silent?: Set<string>;
  /** How often `confirm` comes before the page has made the passkey. */
  readonly earlyConfirmations?: number;
  /** Changes a right answer before it is sent. */
  readonly tamper?: (step: string, answer: Json) => Json;
}

const secret = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
const nonce = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8";
const now = (): number => Math.floor(Date.now() / 1000);
const refusal = (status: number, error: string, more: Json = {}): Planned => ({ status, body: { error, error_description: `words for ${error}`, ...more } });

/** The bridge's side of the protocol, as small as it can be and still check what the device sends. */
export class EnrolmentServer {
  readonly steps: string[] = [];
  readonly languages = new Set<string | undefined>();
  readonly numbers: unknown[] = [];
  readonly proofs: Json[] = [];
  credential: unknown;
  /** As in docs/enrolment-protocol.md. */
  state = "open";
  readonly #options: ServerOptions;
  readonly #server: Server;
  readonly #proofs = new Set<string>();
  #early: number;
  #thumbprint: string | undefined;
  #statement: EnrolmentStatement | undefined;

  private constructor(options: ServerOptions) {
    this.#options = options;
    this.#early = options.earlyConfirmations ?? 0;
    this.#server = createServer((request, response) => void this.#respond(request, response));
  }

  static async start(options: ServerOptions): Promise<EnrolmentServer> {
    const server = new EnrolmentServer(options);
    await new Promise<void>((resolve) => server.#server.listen(0, "127.0.0.1", resolve));
    return server;
  }

  get issuer(): string {
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  }

  get link(): string {
    return `https://app.example/enrol#iss=${encodeURIComponent(this.issuer)}&txn=txn-1&secret=${secret}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const step = (request.url ?? "").replace("/enrolment/v1/transactions/txn-1/", "");
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const body: Json = JSON.parse(Buffer.concat(chunks).toString());
    this.steps.push(step);
    this.languages.add(request.headers["accept-language"]);
    if (this.#options.silent?.has(step) === true) return;
    const planned = this.#options.planned?.[step] ?? (await this.#checkDevice(request)) ?? (await this.#answer(step, body));
    const isRight = planned.status === 200 && typeof planned.body === "object";
    const answer = isRight && this.#options.tamper ? this.#options.tamper(step, planned.body as Json) : planned.body;
    if (this.#options.lost?.delete(step) === true) {
      response.destroy();
      return;
    }
    response.writeHead(planned.status, { "content-type": "application/json", ...planned.headers });
    response.end(typeof answer === "string" ? answer : JSON.stringify(answer));
  }

  /** RFC 9449 4.3, as far as a test needs it; the first key to come is the device's. */
  async #checkDevice(request: IncomingMessage): Promise<Planned | null> {
    const { payload, protectedHeader } = await jwtVerify(String(request.headers["dpop"]), EmbeddedJWK, { typ: "dpop+jwt" });
    const isForThis = payload["htm"] === request.method && payload["htu"] === this.issuer + request.url;
    const isFresh = Math.abs((payload.iat ?? 0) - now()) < 60;
    if (this.#proofs.has(String(payload.jti))) return refusal(401, "device_proof_used");
    this.#proofs.add(String(payload.jti));
    const thumbprint = await calculateJwkThumbprint(protectedHeader.jwk ?? {});
    this.#thumbprint ??= thumbprint;
    const isCookieless = request.headers.cookie === undefined && request.method === "POST";
    if (!isForThis || !isFresh || !isCookieless) return refusal(401, "device_proof_invalid");
    return thumbprint === this.#thumbprint ? null : refusal(403, "device_key_mismatch");
  }

  async #answer(step: string, body: Json): Promise<Planned> {
    const steps: Record<string, () => Json | Planned | Promise<Json | Planned>> = {
      claim: () => (body["secret"] === secret ? this.#claim() : refusal(403, "claim_secret_wrong")),
      statement: () => this.#in(["claimed"], () => this.#makeStatement(body["number"])),
      proof: () => (["open", "claimed", "challenged"].includes(this.state) ? this.#in(["challenged"], () => this.#checkProof(body)) : refusal(409, "challenge_used")),
      "passkey/options": () => this.#in(["proved"], () => ({ options: { challenge: nonce, rp: { name: "Bridge" }, pubKeyCredParams: [{ type: "public-key", alg: -7 }] } })),
      passkey: () => (this.state === "complete" ? refusal(400, "passkey_challenge_unknown") : this.#in(["proved"], () => ((this.credential = body["credential"]), this.#ending()))),
      continuation: () => this.#in(["proved"], () => ({ url: `${this.issuer}/continue#secret`, expires_at: now() + 60 })),
      // The page has made the passkey by the time that somebody types its number.
      confirm: () => this.#in(["proved", "passkey_pending"], () => this.#confirm(body["number"])),
      status: () => (["open", "cancelled"].includes(this.state) ? refusal(403, "device_key_mismatch") : { state: this.state, expires_at: now() + 300 }),
      cancel: () => this.#in(["claimed", "challenged", "proving", "proved", "passkey_pending"], () => this.#move("cancelled", { state: "cancelled" })),
    };
    const answer = (await steps[step]?.()) ?? refusal(404, "not_found");
    return isPlanned(answer) ? answer : { status: 200, body: answer };
  }

  #in(states: string[], step: () => Json | Planned | Promise<Json | Planned>): Json | Planned | Promise<Json | Planned> {
    if (this.state === "cancelled") return refusal(410, "transaction_cancelled");
    if (this.state === "failed") return refusal(403, "certificate_revoked");
    return states.includes(this.state) ? step() : refusal(409, "transaction_wrong_state");
  }

  #move<Answer>(state: string, answer: Answer): Answer {
    this.state = state;
    return answer;
  }

  #shared() {
    const { purpose = "enrol" } = this.#options;
    return { iss: this.issuer, txn: "txn-1", purpose, client_id: "shop", client_name: "カフェ", client_host: "shop.example" };
  }

  #claim(): Json | Planned {
    if (this.state !== "open") return refusal(409, "transaction_already_claimed");
    const { device } = this.#options;
    return this.#move("claimed", { request: { ...this.#shared(), device, expires_at: now() + 300 }, number_required: device === "other" });
  }

  async #makeStatement(number: unknown): Promise<Json | Planned> {
    this.numbers.push(number);
    const isOther = this.#options.device === "other";
    if (isOther && number !== "42") return refusal(403, "number_wrong", { attempts_left: 3 - this.numbers.length });
    const code_hash = isOther ? await codeHash(nonce, "42") : null;
    this.#statement = { ...this.#shared(), nonce, iat: now(), exp: now() + 300, jkt: this.#thumbprint ?? "", code_hash };
    return this.#move("challenged", { statement: this.#statement });
  }

  async #checkProof(proof: Json): Promise<Json | Planned> {
    this.proofs.push(proof);
    this.state = "proving";
    const bytes = this.#statement === undefined ? new Uint8Array() : statementBytes(this.#statement);
    const isOwn = Buffer.from(certificates.authentication).toString("base64url") === proof["certificate"];
    const isGood = isOwn && (await verifies(this.#options.publicKey, fromBase64Url(String(proof["signature"])) ?? new Uint8Array(), bytes));
    if (!isGood) return this.#move("failed", refusal(403, "proof_invalid"));
    return !makesPasskey(this.#options.purpose ?? "enrol") ? this.#ending() : this.#move("proved", { next: "passkey" });
  }

  #confirm(number: unknown): Json | Planned {
    if (this.#early > 0) {
      this.#early -= 1;
      return refusal(409, "transaction_wrong_state");
    }
    if (number === "123456") return this.#ending();
    return this.#move("passkey_pending", refusal(403, "number_wrong", { attempts_left: 2 }));
  }

  #ending(): Json {
    return this.#move("complete", this.#options.device === "same" ? { next: "return", return_url: `${this.issuer}/return#code` } : { next: "done" });
  }
}

function isPlanned(answer: Json | Planned): answer is Planned {
  return typeof answer["status" as keyof typeof answer] === "number";
}
