import { decodeJwt } from "jose";
import { csrfOf } from "../headless/http-browser.ts";
import type { Person } from "../headless/person.ts";
import type { WireAnswer, WireRequest } from "./wire.ts";

/** Whom a client's last ID token was about. */
export interface LastSignIn {
  readonly subject: string;
  readonly sid: string | undefined;
}

/** Who signed in last at each client: whose browser signs out, and of whom a logout token speaks. */
export class Sessions {
  readonly #issuer: string;
  readonly #people = new Map<string, Person>();
  readonly #last = new Map<string, LastSignIn>();

  constructor(issuer: string) {
    this.#issuer = issuer;
  }

  remember(clientId: string, person: Person): void {
    this.#people.set(clientId, person);
  }

  rememberIdToken(token: unknown): void {
    if (typeof token !== "string") return;
    const { aud, sub, sid } = decodeJwt(token);
    if (typeof aud === "string" && sub !== undefined) this.#last.set(aud, { subject: sub, sid: typeof sid === "string" ? sid : undefined });
  }

  last(clientId: string): LastSignIn | null {
    return this.#last.get(clientId) ?? null;
  }

  /** RP-initiated logout, in the browser of who signed in last at this client; null where nobody did. */
  async signOut(request: WireRequest): Promise<WireAnswer | null> {
    const sent = request.method === "POST" ? new URLSearchParams(Buffer.from(request.body).toString()) : new URL(request.url, this.#issuer).searchParams;
    const person = this.#people.get(clientOf(sent) ?? "");
    if (person === undefined) return null;
    const page = await person.browser.open(`${this.#issuer}/sign-out?${sent}`);
    const action = /<form class="decision" method="post" action="(?<action>[^"]*)">/u.exec(page.text)?.groups?.["action"];
    const xsrf = /name="xsrf" value="(?<xsrf>[^"]*)"/u.exec(page.text)?.groups?.["xsrf"];
    const answer = action === undefined || xsrf === undefined ? page : await person.browser.submit(page, action, { xsrf, csrf: csrfOf(page), logout: "yes" });
    const location = answer.headers.get("location");
    return { status: answer.status, headers: { "content-type": answer.headers.get("content-type") ?? undefined, ...(location !== null && { location }) }, body: Buffer.from(answer.text) };
  }
}

function clientOf(parameters: URLSearchParams): string | null {
  const hint = parameters.get("id_token_hint");
  const named = parameters.get("client_id");
  if (named !== null || hint === null) return named;
  try {
    const { aud } = decodeJwt(hint);
    return typeof aud === "string" ? aud : null;
  } catch {
    return null;
  }
}
