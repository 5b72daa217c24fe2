import * as client from "openid-client";
import { setTimeout as wait } from "node:timers/promises";
import { enrolOnPhone, linkOf, newPerson, openEnrolment, type Person, reachCallback, returnToBrowser, signInAgain } from "../support/journey.ts";
import { HttpBrowser } from "../support/http-browser.ts";
import { goThrough, type OnPhone } from "../support/recovery.ts";
import type { SignIn } from "../support/relying-party.ts";
import type { Town } from "./town.ts";

/** What was answered where it should not have been: no reason to try again. */
export class WrongAnswer extends Error {
  override readonly name = "WrongAnswer";
}

interface Tokens {
  readonly refresh: string;
  readonly id: string;
}

const offline = { scope: "openid offline_access", prompt: "consent" };

/** Where somebody lives: what of a town they need. */
export type Home = Pick<Town, "issuer" | "jlis" | "now" | "image" | "party">;

/** Somebody of the town, who knows what was answered, and nothing else of what happened. */
export class Citizen {
  readonly name: string;
  readonly #town: Home;
  /** With the phone whose passkey was acknowledged last. */
  #person: Person | null = null;
  #tokens: Tokens | null = null;
  /** The pseudonym at the service, since the first tokens. */
  subject: string | null = null;
  /** Ids of all passkeys that were made on a phone, whatever was answered. */
  readonly made: string[] = [];
  /** Ids of the passkeys that were acknowledged, and that no recovery has ended since. */
  acknowledged: string[] = [];
  hasRecovered = false;

  constructor(town: Home, name: string) {
    this.#town = town;
    this.name = name;
  }

  /** Proves the certificate on the phone, makes a passkey there, and comes back to the service signed in. */
  async enrol(): Promise<void> {
    if (this.#person !== null) return this.signIn();
    const person = newPerson(this.name);
    const begun = await this.#town.party.begin(offline);
    const progress = await openEnrolment(person, await person.browser.open(begun.url), "same");
    const outcome = await this.#onPhone(this.#town, person, linkOf(progress), async () => "");
    if (outcome.next !== "return") throw new WrongAnswer(`an enrolment led to ${outcome.next}`);
    await this.#finish(begun, await reachCallback(person, await returnToBrowser(person, outcome.return_url)));
  }

  /** In a browser that remembers nothing, with the passkey. */
  async signIn(): Promise<void> {
    const person = this.#person = { ...this.#known(), browser: new HttpBrowser() };
    const { signIn, callback } = await signInAgain(this.#town, person, this.#town.party, offline);
    await this.#finish(signIn, callback);
  }

  /** @param isRepeated - whether an answer was lost: then the token may be used up, and its grant ended with its second use. */
  async refresh(isRepeated: boolean): Promise<void> {
    const { refresh, id } = this.#tokens ?? raise("nothing to refresh");
    try {
      const tokens = await client.refreshTokenGrant(this.#town.party.config, refresh);
      this.#tokens = { id, refresh: tokens.refresh_token ?? refresh };
    } catch (error) {
      const isUsedUp = error instanceof client.ResponseBodyError && error.error === "invalid_grant";
      if (!isUsedUp) throw error;
      if (!isRepeated) throw new WrongAnswer("a refresh token that nobody has used is refused");
      await this.signIn();
    }
  }

  /** Signs out at the bridge, as the service asks for, and sees that it holds. */
  async signOut(): Promise<void> {
    const { browser } = this.#known();
    const { id } = this.#tokens ?? raise("not signed in");
    const question = await browser.open(`${this.#town.issuer}/sign-out?${new URLSearchParams({ id_token_hint: id })}`, { headers: { accept: "text/html" } });
    const xsrf = /name="xsrf" value="([^"]*)"/u.exec(question.text)?.[1] ?? "";
    const ended = await browser.submit(question, "/sign-out/confirm", { xsrf, logout: "yes" });
    if (ended.status >= 400) throw new Error(`sign-out: ${ended.status}`);
    const { url } = await this.#town.party.begin({ prompt: "none" });
    const { location } = Object.fromEntries((await browser.open(url)).headers);
    if (location?.includes("code=") === true) throw new WrongAnswer("signed out, and signed in still");
    if (location?.includes("error=login_required") !== true) throw new Error(`after a sign-out: ${String(location)}`);
  }

  /** Proves the certificate on a new phone, which ends the passkeys of the one before. */
  async recover(): Promise<void> {
    const before = this.acknowledged.join();
    const after = newPerson(this.name);
    try {
      await goThrough(this.#town, after, "recover", { device: "same", onPhone: async (...on) => {
        const outcome = await this.#onPhone(...on);
        this.acknowledged = this.acknowledged.slice(-1);
        this.hasRecovered = true;
        return outcome;
      } });
    } catch (error) {
      // It happened: all that is missing is the page that says so.
      if (this.acknowledged.join() === before) throw error;
    }
    // What began in the second of a recovery ends with it.
    await wait(1100);
  }

  readonly #onPhone: OnPhone = async (stage, person, link, number) => {
    const { authenticator } = person;
    try {
      const outcome = await enrolOnPhone(stage, person, link, number);
      this.acknowledged.push(...passkeysOf(person));
      this.#person = { ...person, authenticator };
      return outcome;
    } finally {
      this.made.push(...passkeysOf(person));
    }
  };

  async #finish(begun: SignIn, callback: string): Promise<void> {
    const tokens = await this.#town.party.finish(begun, callback);
    const subject = String(tokens.claims()?.sub);
    if ((this.subject ??= subject) !== subject) throw new WrongAnswer("signed in as somebody else");
    this.#tokens = { refresh: String(tokens.refresh_token), id: String(tokens.id_token) };
  }

  #known(): Person {
    return this.#person ?? raise("not enrolled");
  }
}

const passkeysOf = ({ authenticator }: Person): string[] => authenticator.credentials.map(({ id }) => Buffer.from(id).toString("base64url"));

function raise(message: string): never {
  throw new Error(message);
}
