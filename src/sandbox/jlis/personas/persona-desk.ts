import type { Clock } from "../../../clock.ts";
import { Refusal } from "../../../errors.ts";
import type { Authority } from "../ca/authority.ts";
import type { IssueRequest } from "../ca/issuance.ts";
import type { KeyDirectory } from "../ca/keys.ts";
import type { CertificateUse } from "../ca/profile.ts";
import { Queue } from "../ca/queue.ts";
import type { IssuedCertificate, RevocationReason, SandboxState } from "../ca/state.ts";
import { possibleOperations, replacementReason } from "./operations.ts";
import type { Operation, PersonaState } from "./operations.ts";
import { people } from "./people.ts";
import { persona, personas } from "./personas.ts";
import type { Persona, PersonaId } from "./personas.ts";
import { pins, secureElementSlot } from "./secure-element.ts";
import type { SecureElementImage, SecureElementSlot } from "./secure-element.ts";

/** A persona as it stands now. */
export interface PersonaView {
  readonly persona: Persona;
  readonly state: PersonaState;
  /** The certificate in question; null for a forgery. */
  readonly certificate: IssuedCertificate | null;
  readonly operations: readonly Operation[];
}

/** The counter where personas have things done to their phones and cards, one after another. */
export class PersonaDesk {
  readonly #authority: Authority;
  readonly #keys: KeyDirectory;
  readonly #forgery: SandboxState["forgery"];
  readonly #clock: Clock;
  readonly #queue = new Queue();

  constructor(authority: Authority, keys: KeyDirectory, forgery: SandboxState["forgery"], clock: Clock) {
    this.#authority = authority;
    this.#keys = keys;
    this.#forgery = forgery;
    this.#clock = clock;
  }

  list(): readonly PersonaView[] {
    return personas.map(({ id }) => this.view(id));
  }

  view(id: PersonaId): PersonaView {
    const certificate = this.#latest(id, mainUse(id));
    const state = certificate === null ? "forged" : this.#stateOf(certificate);
    return { persona: persona(id), state, certificate, operations: possibleOperations[state] };
  }

  /** Does `operation`, or throws `operation_not_possible` and changes nothing. */
  async operate(id: PersonaId, operation: Operation, reason: RevocationReason = "keyCompromise"): Promise<PersonaView> {
    return this.#queue.run(async () => {
      const { certificate, operations, state } = this.view(id);
      if (certificate === null || !operations.includes(operation)) throw new Refusal("operation_not_possible", state);
      // Authentication and signature certificate sit in one device and share its fate.
      const held = this.#authority.certificates.filter(({ holder }) => holder === id);
      const inState = (kinds: readonly PersonaState[]): IssuedCertificate[] =>
        held.filter((entry) => kinds.includes(this.#stateOf(entry)));
      if (operation === "revoke") await this.#authority.revoke(inState(["good", "on_hold"]), reason);
      else if (operation === "hold") await this.#authority.hold(inState(["good"]));
      else if (operation === "release") await this.#authority.release(inState(["on_hold"]));
      else await this.#replace(persona(id), certificate, operation);
      return this.view(id);
    });
  }

  /** What the device holds. Its signature certificate is made when it is first asked for. */
  async secureElement(id: PersonaId): Promise<SecureElementImage> {
    return this.#queue.run(async () => {
      const { certificate, state } = this.view(id);
      if (certificate === null) return { authentication: await this.#forgedSlot(), signature: null };
      const authentication = await this.#slot(certificate, pins.authentication);
      const signature = mainUse(id) === "signature" ? certificate : await this.#signatureCertificate(id, state, certificate);
      return { authentication, signature: signature && (await this.#slot(signature, pins.signature)) };
    });
  }

  async #replace(holder: Persona, replaced: IssuedCertificate, operation: "reissue" | "renew"): Promise<void> {
    const ofDevice = (entry: IssuedCertificate): boolean => entry.holder === holder.id;
    // One phone a person: the new one ends whatever other phone there was.
    const ofPerson = (entry: IssuedCertificate): boolean =>
      entry.person === holder.person && entry.medium === holder.medium;
    const ended = this.#authority.certificates.filter(operation === "reissue" ? ofPerson : ofDevice);
    const continued = ended.findLast(({ use }) => use === replaced.use) ?? replaced;
    // The phone's certificate ends with the card's, which a change of phone leaves as it is.
    const sameCard = operation === "reissue" && holder.medium === "smartphone" && continued.notAfter > this.#clock();
    const request = await this.#request(holder, replaced.use, continued);
    await this.#authority.replace(ended, replacementReason[operation], {
      ...request,
      ...(sameCard ? { notAfter: continued.notAfter } : {}),
    });
  }

  async #signatureCertificate(
    id: PersonaId,
    state: PersonaState,
    main: IssuedCertificate,
  ): Promise<IssuedCertificate | null> {
    const latest = this.#latest(id, "signature");
    if (state !== "good" || (latest !== null && latest.state.kind === "good")) return latest;
    const request = await this.#request(persona(id), "signature", latest);
    // Both certificates of a device end together.
    return this.#authority.issue({ ...request, notAfter: main.notAfter });
  }

  /** A request for a certificate with a fresh key. */
  async #request(holder: Persona, use: CertificateUse, previous: IssuedCertificate | null): Promise<IssueRequest> {
    const key = await this.#keys.generate();
    const { id, generation, medium, person } = holder;
    return {
      use,
      generation,
      medium,
      person,
      holder: id,
      municipality: people[person].municipality,
      attributes: people[person],
      publicKey: key.publicKey,
      key: key.id,
      ...(previous === null ? {} : { previous: previous.serial }),
    };
  }

  async #slot(certificate: IssuedCertificate, pin: string): Promise<SecureElementSlot | null> {
    if (certificate.key === null) return null;
    const issuer = this.#authority.issuerOf(certificate).certificate;
    return secureElementSlot(certificate.certificate, issuer, await this.#keys.load(certificate.key), pin);
  }

  async #forgedSlot(): Promise<SecureElementSlot> {
    const { certificate, authority, key } = this.#forgery;
    return secureElementSlot(certificate, authority, await this.#keys.load(key), pins.authentication);
  }

  #latest(id: PersonaId, use: CertificateUse): IssuedCertificate | null {
    return this.#authority.certificates.findLast((entry) => entry.holder === id && entry.use === use) ?? null;
  }

  #stateOf(certificate: IssuedCertificate): PersonaState {
    // Revocation is for good and says more than the date does.
    if (certificate.state.kind === "revoked") return "revoked";
    return this.#clock() > certificate.notAfter ? "expired" : certificate.state.kind;
  }
}

/** Which certificate a persona is about. */
const mainUse = (id: PersonaId): CertificateUse => (persona(id).offers === "signature" ? "signature" : "user-authentication");
