import { fromBase64Url } from "../../../bytes.ts";
import type { Clock } from "../../../clock.ts";
import { orThrow, Refusal } from "../../../errors.ts";
import type { Verdict } from "../../../errors.ts";
import { assembleAuthority, authorityId } from "./certification-authority.ts";
import type { AuthorityId, CertificationAuthority } from "./certification-authority.ts";
import { issueCertificate } from "./issuance.ts";
import type { AuthorityUrls, IssueRequest } from "./issuance.ts";
import type { KeyDirectory } from "./keys.ts";
import * as ledger from "./ledger.ts";
import type { CertificateReference, Ledger } from "./ledger.ts";
import type { CertificateUse } from "./profile.ts";
import type { Generation, IssuedCertificate, RevocationReason } from "./state.ts";
import type { Store } from "./store.ts";

/** Trust anchors, DER, oldest generation first. */
export interface Anchors {
  readonly userAuthentication: Uint8Array<ArrayBuffer>[];
  readonly signature: Uint8Array<ArrayBuffer>[];
}

/** What J-LIS does to certificates. Refusals are thrown as {@link Refusal}, and then nothing has changed. */
export class Authority {
  readonly #store: Store;
  readonly #authorities: readonly CertificationAuthority[];
  readonly #urls: AuthorityUrls;
  readonly #clock: Clock;

  constructor(store: Store, authorities: readonly CertificationAuthority[], urls: AuthorityUrls, clock: Clock) {
    this.#store = store;
    this.#authorities = authorities;
    this.#urls = urls;
    this.#clock = clock;
  }

  get authorities(): readonly CertificationAuthority[] {
    return this.#authorities;
  }

  /** Every certificate ever issued, in order of issue. */
  get certificates(): Ledger {
    return this.#store.state.certificates;
  }

  anchors(): Anchors {
    const ofUse = (use: CertificateUse): Uint8Array<ArrayBuffer>[] =>
      this.#authorities.filter((authority) => authority.use === use).map(({ certificate }) => certificate);
    return { userAuthentication: ofUse("user-authentication"), signature: ofUse("signature") };
  }

  authority(id: AuthorityId): CertificationAuthority {
    const found = this.#authorities.find((authority) => authority.id === id);
    if (found === undefined) throw new Refusal("not_found", "authority");
    return found;
  }

  /** The authority that signed a certificate. */
  issuerOf(certificate: { readonly use: CertificateUse; readonly generation: Generation }): CertificationAuthority {
    return this.authority(authorityId(certificate.use, certificate.generation));
  }

  find(reference: CertificateReference): IssuedCertificate | undefined {
    return ledger.find(this.certificates, reference);
  }

  async issue(request: IssueRequest): Promise<IssuedCertificate> {
    return this.replace([], "superseded", request);
  }

  /** Revokes what is still usable of `replaced` and issues, in one step: renewal and a change of phone. */
  async replace(
    replaced: readonly CertificateReference[],
    reason: RevocationReason,
    request: IssueRequest,
  ): Promise<IssuedCertificate> {
    return this.#store.change(async (state) => {
      const now = this.#clock();
      const certificates = replaced.reduce<Ledger>((list, reference) => {
        const revoked = ledger.revoke(list, reference, reason, now);
        // Already revoked or expired: there is nothing left to end.
        return revoked.valid ? revoked.value : list;
      }, state.certificates);
      return issueCertificate({ ...state, certificates }, this.issuerOf(request), request, this.#urls, now);
    });
  }

  /** Revokes all of `references` or none. */
  async revoke(references: readonly CertificateReference[], reason: RevocationReason): Promise<void> {
    await this.#each(references, (list, reference, now) => ledger.revoke(list, reference, reason, now));
  }

  async hold(references: readonly CertificateReference[]): Promise<void> {
    await this.#each(references, ledger.hold);
  }

  async release(references: readonly CertificateReference[]): Promise<void> {
    await this.#each(references, ledger.release);
  }

  async #each(
    references: readonly CertificateReference[],
    transition: (list: Ledger, reference: CertificateReference, now: number) => Verdict<Ledger>,
  ): Promise<void> {
    await this.#store.change((state) => {
      const now = this.#clock();
      const certificates = references.reduce<Ledger>(
        (list, reference) => orThrow(transition(list, reference, now)),
        state.certificates,
      );
      return { state: { ...state, certificates }, value: undefined };
    });
  }
}

/** The authorities that a state and its keys describe. */
export async function loadAuthorities(store: Store, keys: KeyDirectory): Promise<readonly CertificationAuthority[]> {
  return Promise.all(
    store.state.authorities.map(async ({ use, generation, certificate }) => {
      const der = fromBase64Url(certificate);
      if (der === null) throw new Error("The sandbox state holds an authority that is not base64url.");
      return assembleAuthority(use, generation, der, await keys.load(authorityId(use, generation)));
    }),
  );
}
