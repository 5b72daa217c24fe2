import type { Clock } from "../../../clock.ts";
import { buildRevocationList } from "../x509/revocation-list.ts";
import type { RevokedEntry } from "../x509/revocation-list.ts";
import type { CertificationAuthority } from "./certification-authority.ts";
import { withdrawalOf } from "./ledger.ts";
import type { Ledger } from "./ledger.ts";
import type { MunicipalityId } from "./municipalities.ts";
import { distributionPointName } from "./profile.ts";
import type { Store } from "./store.ts";
import { DAY, HOUR } from "./validity.ts";

export interface RevocationList {
  readonly der: Uint8Array<ArrayBuffer>;
  readonly number: number;
  readonly thisUpdate: number;
  readonly nextUpdate: number;
}

/** The first number leaves room below it, so that even the first list has an older one to serve stale. */
const firstNumber = 10;
const reissueAfter = HOUR;
const validFor = DAY;
const staleFor = 7 * DAY;

/** The partitioned CRLs, one a municipality and authority; a new one when something changed or an hour passed. */
export class RevocationLists {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #current = new Map<string, { readonly list: RevocationList; readonly entries: string }>();

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  async current(authority: CertificationAuthority, municipality: MunicipalityId): Promise<RevocationList> {
    const partition = `${authority.id}/${municipality}`;
    return this.#store.change(async (state) => {
      const now = this.#clock();
      const entries = entriesOf(state.certificates, authority, municipality);
      const fingerprint = JSON.stringify(entries);
      const kept = this.#current.get(partition);
      const usable = kept?.entries === fingerprint && isRecent(kept.list, now);
      if (usable) return { state, value: kept.list };
      const number = (state.crlNumbers[partition] ?? firstNumber - 1) + 1;
      const list = await sign(authority, municipality, { number, thisUpdate: now, nextUpdate: now + validFor }, entries);
      this.#current.set(partition, { list, entries: fingerprint });
      return { state: { ...state, crlNumbers: { ...state.crlNumbers, [partition]: number } }, value: list };
    });
  }

  /** A list as a broken mirror would still serve it: a lower number, what was known then, nextUpdate past. */
  async stale(authority: CertificationAuthority, municipality: MunicipalityId): Promise<RevocationList> {
    const { state } = this.#store;
    const nextUpdate = this.#clock() - staleFor;
    const thisUpdate = nextUpdate - validFor;
    const current = state.crlNumbers[`${authority.id}/${municipality}`] ?? firstNumber;
    const known = entriesOf(state.certificates, authority, municipality).filter(({ since }) => since <= thisUpdate);
    return sign(authority, municipality, { number: current - 1, thisUpdate, nextUpdate }, known);
  }
}

function isRecent(list: RevocationList, now: number): boolean {
  return list.thisUpdate <= now && now < list.thisUpdate + reissueAfter;
}

/** Revoked and held certificates of one partition. Released ones simply no longer stand on a complete CRL. */
function entriesOf(
  certificates: Ledger,
  authority: CertificationAuthority,
  municipality: MunicipalityId,
): readonly RevokedEntry[] {
  return certificates.flatMap((certificate): readonly RevokedEntry[] => {
    const { use, generation, serial } = certificate;
    if (use !== authority.use || generation !== authority.generation) return [];
    const withdrawal = certificate.municipality === municipality ? withdrawalOf(certificate) : null;
    return withdrawal === null ? [] : [{ serial, ...withdrawal }];
  });
}

async function sign(
  authority: CertificationAuthority,
  municipality: MunicipalityId,
  facts: Omit<RevocationList, "der">,
  entries: readonly RevokedEntry[],
): Promise<RevocationList> {
  const distributionPoint = distributionPointName(authority.use, municipality);
  const der = await buildRevocationList({ issuer: authority.facts, distributionPoint, ...facts, entries }, authority.privateKey);
  return { der, ...facts };
}
