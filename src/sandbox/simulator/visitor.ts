import { setTimeout as pause } from "node:timers/promises";
import type { Jlis } from "../jlis/jlis.ts";
import type { PersonaId } from "../jlis/personas/personas.ts";
import { type Answer, HttpBrowser, type Send } from "../headless/http-browser.ts";
import { enrolOnPhone, linkOf, newPerson, openEnrolment, type Person, returnToBrowser, signInWithPasskey, type Stage } from "../headless/person.ts";
import { type Order, usual } from "./orders.ts";

export interface VisitorPorts {
  readonly stage: Stage;
  readonly jlis: Jlis;
  /** The way to the bridge past the front. */
  readonly send: Send;
  /** An authorization request of the simulator's own client, for what is done before a relying party's. */
  ownRequest(acr: string): string;
}

/** The personas as people: each enrols when first sent, and keeps the passkey. */
export class Visitors {
  readonly #ports: VisitorPorts;
  readonly #enrolled = new Map<PersonaId, Promise<Person>>();
  /** Personas whose certificate was revoked on order, to be given a new one. */
  readonly #revoked = new Set<PersonaId>();

  constructor(ports: VisitorPorts) {
    this.#ports = ports;
  }

  /** A person at a fresh browser, who enrolled before and stands as ordered. */
  async send({ persona, level, signedIn }: Order): Promise<Person> {
    const enrolled = await this.#enrolledPerson(persona);
    const person = { ...enrolled, browser: new HttpBrowser("en", this.#ports.send) };
    if (level === "ial1-aal2") await this.revoke(persona);
    if (signedIn || level === "ial3-aal3") await this.#signInBefore(person, level);
    return person;
  }

  /** Has the persona's certificate revoked at J-LIS; the next who sends them has them enrol anew. */
  async revoke(persona: PersonaId): Promise<void> {
    if (this.#revoked.has(persona) || this.#ports.jlis.personas.view(persona).state === "revoked") return;
    this.#revoked.add(persona);
    await this.#ports.jlis.personas.operate(persona, "revoke");
    // The bridge asks for a status once in a second: what it heard in this one still counts.
    await pause(1001);
  }

  /** Goes through the bridge's pages from this address to wherever they lead. */
  async walk(person: Person, url: string, { level, declines }: Order): Promise<Answer> {
    let page = await person.browser.open(url);
    let passkeyTries = 2;
    // A page more than any journey has means that it goes in circles.
    for (let pages = 0; pages < 12 && page.status === 200; pages += 1) {
      const base = new URL(page.url).pathname;
      const offers = (action: string): boolean => page.text.includes(`${base}/${action}"`);
      if (offers("passkey/options")) {
        passkeyTries -= 1;
        page = passkeyTries >= 0 && !declines ? await this.#passkey(person, page) : await person.browser.submit(page, `${base}/cancel`);
      } else if (offers("step-up")) {
        const willing = level === "as_asked" || level === "ial3-aal3";
        page = willing ? await this.#signOnPhone(person, page, "step-up") : await person.browser.submit(page, `${base}/give-up`);
      } else if (offers("consent")) {
        page = await person.browser.submit(page, `${base}/${declines ? "cancel" : "consent"}`);
      } else if (offers("give-up")) {
        page = await person.browser.submit(page, `${base}/give-up`);
      } else break;
    }
    return page;
  }

  async #enrolledPerson(persona: PersonaId): Promise<Person> {
    if (this.#revoked.delete(persona)) {
      await this.#ports.jlis.personas.operate(persona, "reissue");
      this.#enrolled.delete(persona);
    }
    const enrolled = this.#enrolled.get(persona) ?? this.#enrol(persona);
    this.#enrolled.set(persona, enrolled);
    return enrolled;
  }

  /** Whose certificate is refused stays without a passkey, and gives up at every sign-in. */
  async #enrol(persona: PersonaId): Promise<Person> {
    const person = newPerson(persona, new HttpBrowser("en", this.#ports.send));
    const page = await person.browser.open(this.#ports.ownRequest(""));
    await this.#signOnPhone(person, page, "enrolment").catch(() => undefined);
    return person;
  }

  async #signInBefore(person: Person, level: Order["level"]): Promise<void> {
    const acr = level === "ial3-aal3" ? "urn:jpki-bridge:ial3-aal3" : "";
    await this.walk(person, this.#ports.ownRequest(acr), { ...usual, level });
  }

  async #passkey(person: Person, page: Answer): Promise<Answer> {
    const cancel = (): Promise<Answer> => person.browser.submit(page, `${new URL(page.url).pathname}/cancel`);
    if (person.authenticator.credentials.length === 0) return cancel();
    return signInWithPasskey(this.#ports.stage, person, page).catch(cancel);
  }

  /** A signature of the phone's Secure Element in this browser: to enrol, or to reach a higher level. */
  async #signOnPhone(person: Person, page: Answer, path: "enrolment" | "step-up"): Promise<Answer> {
    const progress = await openEnrolment(person, page, "same", path);
    const outcome = await enrolOnPhone(this.#ports.stage, person, linkOf(progress), async () => "");
    if (outcome.next !== "return") throw new Error("the phone did not lead back to its browser");
    return returnToBrowser(person, outcome.return_url);
  }
}
