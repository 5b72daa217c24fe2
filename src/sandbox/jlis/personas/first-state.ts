import { toBase64Url } from "../../../bytes.ts";
import { orThrow } from "../../../errors.ts";
import type { Verdict } from "../../../errors.ts";
import { assembleAuthority, authorityId, authorityKinds, signAuthorityCertificate } from "../ca/certification-authority.ts";
import type { CertificationAuthority } from "../ca/certification-authority.ts";
import { issueCertificate } from "../ca/issuance.ts";
import type { AuthorityUrls } from "../ca/issuance.ts";
import { generateRsaKey } from "../ca/keys.ts";
import type { HolderKey, KeyDirectory } from "../ca/keys.ts";
import * as ledger from "../ca/ledger.ts";
import type { Ledger } from "../ca/ledger.ts";
import type { RevocationReason, SandboxState } from "../ca/state.ts";
import { DAY, YEAR } from "../ca/validity.ts";
import { forgeCertificate } from "./forgery.ts";
import { people } from "./people.ts";
import { persona } from "./personas.ts";
import type { PersonaId } from "./personas.ts";

/** What happened to the personas before the first start; times in seconds before it. */
interface PastIssue {
  readonly holder: PersonaId;
  readonly issued: number;
  /** Continues the certificate that this persona held before. */
  readonly continues?: PersonaId;
  readonly end?: { readonly ago: number; readonly by: RevocationReason | "hold" };
}

const past: readonly PastIssue[] = [
  { holder: "renewed", issued: 4 * YEAR, end: { ago: 10 * DAY, by: "superseded" } },
  { holder: "expired", issued: 6 * YEAR },
  { holder: "old-phone", issued: 700 * DAY, end: { ago: 20 * DAY, by: "cessationOfOperation" } },
  { holder: "revoked", issued: 400 * DAY, end: { ago: 40 * DAY, by: "keyCompromise" } },
  { holder: "on-hold", issued: 300 * DAY, end: { ago: 3 * DAY, by: "hold" } },
  { holder: "good-card", issued: 250 * DAY },
  { holder: "good-phone", issued: 200 * DAY },
  { holder: "signature-certificate", issued: 150 * DAY },
  { holder: "next-generation", issued: 60 * DAY },
  { holder: "new-phone", issued: 20 * DAY, continues: "old-phone" },
  { holder: "renewed", issued: 10 * DAY, continues: "renewed" },
];

/** Life of an authority by generation, in seconds before and after the first start. */
const authorityLife = { 1: { before: 8 * YEAR, after: 12 * YEAR }, 2: { before: YEAR, after: 19 * YEAR } } as const;

/** Three octets, as small as JPKI's, and clear of the authorities' own serials. */
const firstSerial = 4_200_001;

/** Makes the authorities and the personas. All keys are generated at once, on the thread pool. */
export async function makeFirstState(keys: KeyDirectory, urls: AuthorityUrls, now: number): Promise<SandboxState> {
  const [authorities, holderKeys, forgedAuthorityKey, forgedKey] = await Promise.all([
    Promise.all(authorityKinds.map((kind) => makeAuthority(keys, kind, now))),
    Promise.all(past.map(() => keys.generate())),
    generateRsaKey(),
    keys.generate(),
  ]);
  const pinned = ofGeneration(authorities, "user-authentication", 1);
  const forged = await forgeCertificate(pinned, forgedAuthorityKey, forgedKey.publicKey, urls, firstSerial, now);
  let state: SandboxState = {
    version: 1,
    nextSerial: { "user-authentication": firstSerial + 2, signature: firstSerial },
    authorities: authorities.map(({ use, generation, facts, certificate }) => ({
      use,
      generation,
      serial: facts.serial,
      certificate: toBase64Url(certificate),
    })),
    certificates: [],
    crlNumbers: {},
    forgery: { ...forged, key: forgedKey.id },
    faults: { ocspDown: false, ocspDelayMs: 0, staleCrl: false },
  };
  for (const [index, issue] of past.entries()) state = await relive(state, issue, holderKeys[index], authorities, urls, now);
  return state;
}

async function makeAuthority(
  keys: KeyDirectory,
  { use, generation }: (typeof authorityKinds)[number],
  now: number,
): Promise<CertificationAuthority> {
  const privateKey = await generateRsaKey();
  await keys.save(authorityId(use, generation), privateKey);
  const { before, after } = authorityLife[generation];
  const validity = { notBefore: now - before, notAfter: now + after };
  const certificate = await signAuthorityCertificate(use, generation, privateKey, validity);
  return assembleAuthority(use, generation, certificate, privateKey);
}

async function relive(
  state: SandboxState,
  issue: PastIssue,
  key: HolderKey | undefined,
  authorities: readonly CertificationAuthority[],
  urls: AuthorityUrls,
  now: number,
): Promise<SandboxState> {
  if (key === undefined) throw new Error("Every certificate of the past needs a key.");
  const { offers, generation, medium, person } = persona(issue.holder);
  const use = offers === "signature" ? "signature" : "user-authentication";
  const previous = state.certificates.findLast(({ holder }) => holder === issue.continues)?.serial;
  const { state: after, value: issued } = await issueCertificate(
    state,
    ofGeneration(authorities, use, generation),
    {
      use,
      generation,
      medium,
      person,
      holder: issue.holder,
      municipality: people[person].municipality,
      attributes: people[person],
      publicKey: key.publicKey,
      key: key.id,
      notBefore: now - issue.issued,
      ...(previous === undefined ? {} : { previous }),
    },
    urls,
    now,
  );
  if (issue.end === undefined) return after;
  return { ...after, certificates: orThrow(end(after.certificates, issued, issue.end, now)) };
}

function end(
  list: Ledger,
  issued: ledger.CertificateReference,
  { ago, by }: NonNullable<PastIssue["end"]>,
  now: number,
): Verdict<Ledger> {
  return by === "hold" ? ledger.hold(list, issued, now - ago) : ledger.revoke(list, issued, by, now - ago);
}

function ofGeneration(
  authorities: readonly CertificationAuthority[],
  use: CertificationAuthority["use"],
  generation: CertificationAuthority["generation"],
): CertificationAuthority {
  const found = authorities.find(({ id }) => id === authorityId(use, generation));
  if (found === undefined) throw new Error(`There is no authority ${authorityId(use, generation)}.`);
  return found;
}
