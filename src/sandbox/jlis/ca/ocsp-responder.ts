import { createHash } from "node:crypto";
import { equalBytes } from "../../../bytes.ts";
import type { Clock } from "../../../clock.ts";
import { buildCertificate } from "../x509/certificate.ts";
import { keyIdentifierOf } from "../x509/extensions.ts";
import { oid } from "../x509/object-identifiers.ts";
import { parseStatusRequest } from "../x509/ocsp-request.ts";
import type { CertificateIdentifier } from "../x509/ocsp-request.ts";
import { buildStatusResponse, unsuccessfulResponse } from "../x509/ocsp-response.ts";
import type { ResponseSigner, SingleStatus } from "../x509/ocsp-response.ts";
import type { Authority } from "./authority.ts";
import type { AuthorityId, CertificationAuthority } from "./certification-authority.ts";
import { generateRsaKey, publicKeyBits, publicKeyOf } from "./keys.ts";
import { withdrawalOf } from "./ledger.ts";
import { responderExtensions, responderName } from "./profile.ts";
import type { Store } from "./store.ts";
import { DAY, HOUR } from "./validity.ts";

const answerValidFor = HOUR / 6;
const signerValidFor = 7 * DAY;

const hashNames: Readonly<Record<string, "sha1" | "sha256">> = { [oid.sha1]: "sha1", [oid.sha256]: "sha256" };

interface KeptSigner {
  readonly signer: Promise<ResponseSigner>;
  /** Seconds since the epoch between which it signs. */
  readonly notBefore: number;
  readonly renewAt: number;
}

/** Answers RFC 6960 requests, each by a delegated signer of the authority that is asked about. */
export class OcspResponder {
  readonly #store: Store;
  readonly #authority: Authority;
  readonly #clock: Clock;
  readonly #signers = new Map<AuthorityId, KeptSigner>();

  constructor(store: Store, authority: Authority, clock: Clock) {
    this.#store = store;
    this.#authority = authority;
    this.#clock = clock;
  }

  /** The DER OCSPResponse to any octets at all. */
  async respond(request: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
    const asked = parseStatusRequest(request);
    if (asked === null) return unsuccessfulResponse("malformedRequest");
    const [issuer, ...others] = new Set(asked.certificates.map((certificate) => this.#issuerOf(certificate)));
    // One answer has one signer, and a signer speaks for its own authority alone.
    if (issuer === undefined || others.length > 0) return unsuccessfulResponse("unauthorized");
    const now = this.#clock();
    const answers = asked.certificates.map((certificate) => ({
      certificate: certificate.der,
      status: this.#statusOf(issuer, certificate.serial),
    }));
    const times = { producedAt: now, thisUpdate: now, nextUpdate: now + answerValidFor };
    return buildStatusResponse({ ...times, answers, nonce: asked.nonce }, await this.#signerOf(issuer, now));
  }

  #issuerOf(asked: CertificateIdentifier): CertificationAuthority | undefined {
    const hashName = hashNames[asked.hashAlgorithm];
    if (hashName === undefined) return undefined;
    const hash = (bytes: Uint8Array): Uint8Array => createHash(hashName).update(bytes).digest();
    return this.#authority.authorities.find(
      ({ facts, publicKeyBits: bits }) =>
        equalBytes(hash(facts.name), asked.issuerNameHash) && equalBytes(hash(bits), asked.issuerKeyHash),
    );
  }

  #statusOf(issuer: CertificationAuthority, serial: bigint): SingleStatus {
    const certificate = this.#authority.certificates.find(
      (issued) => issued.use === issuer.use && issued.generation === issuer.generation && BigInt(issued.serial) === serial,
    );
    if (certificate === undefined) return { kind: "unknown" };
    const withdrawal = withdrawalOf(certificate);
    return withdrawal === null ? { kind: "good" } : { kind: "revoked", ...withdrawal };
  }

  async #signerOf(issuer: CertificationAuthority, now: number): Promise<ResponseSigner> {
    const kept = this.#signers.get(issuer.id);
    if (kept !== undefined && kept.notBefore <= now && now < kept.renewAt) return kept.signer;
    const validity = { notBefore: now - HOUR, notAfter: now + signerValidFor };
    const signer = this.#makeSigner(issuer, validity);
    // Kept before it is made: requests that come at the same time share one signer.
    this.#signers.set(issuer.id, { signer, notBefore: validity.notBefore, renewAt: validity.notAfter - DAY });
    signer.catch(() => this.#signers.delete(issuer.id));
    return signer;
  }

  async #makeSigner(
    issuer: CertificationAuthority,
    validity: { readonly notBefore: number; readonly notAfter: number },
  ): Promise<ResponseSigner> {
    const privateKey = await generateRsaKey();
    const publicKey = publicKeyOf(privateKey);
    const keyIdentifier = keyIdentifierOf(publicKeyBits(publicKey));
    const serial = await this.#store.change((state) => ({
      state: { ...state, nextSerial: { ...state.nextSerial, [issuer.use]: state.nextSerial[issuer.use] + 1 } },
      value: state.nextSerial[issuer.use],
    }));
    const certificate = await buildCertificate(
      {
        serial,
        issuer: issuer.facts.name,
        subject: responderName(issuer.use),
        ...validity,
        publicKey,
        extensions: responderExtensions(issuer.facts, keyIdentifier),
      },
      issuer.privateKey,
    );
    return { certificate, keyIdentifier, privateKey };
  }
}
