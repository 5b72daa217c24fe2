import { randomBytes, toBase64Url, toHex } from "../../../bytes.ts";
import { buildCertificate } from "../x509/certificate.ts";
import { keyIdentifierOf } from "../x509/extensions.ts";
import type { CertificationAuthority } from "./certification-authority.ts";
import { publicKeyBits } from "./keys.ts";
import type { MunicipalityId } from "./municipalities.ts";
import { subscriberExtensions, subscriberName } from "./profile.ts";
import type { CertificateUse, HolderAttributes, Medium } from "./profile.ts";
import type { Generation, IssuedCertificate, SandboxState } from "./state.ts";
import type { Change } from "./store.ts";
import { fifthBirthdayAfter } from "./validity.ts";

export interface IssueRequest {
  readonly use: CertificateUse;
  readonly generation: Generation;
  readonly medium: Medium;
  readonly municipality: MunicipalityId;
  readonly person: string;
  readonly holder: string;
  readonly attributes: HolderAttributes;
  /** DER SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array<ArrayBuffer>;
  /** Where the private key is kept, null when only the caller has it. */
  readonly key: string | null;
  /** Seconds since the epoch; by default now, and the fifth birthday after it. */
  readonly notBefore?: number;
  readonly notAfter?: number;
  /** Serial of the certificate that this one continues. */
  readonly previous?: number;
}

/** Addresses that certificates name. */
export interface AuthorityUrls {
  readonly ocsp: string;
  readonly practiceStatement: string;
}

/** Signs a person's certificate and records it. */
export async function issueCertificate(
  state: SandboxState,
  authority: CertificationAuthority,
  request: IssueRequest,
  urls: AuthorityUrls,
  now: number,
): Promise<Change<IssuedCertificate>> {
  const { use, generation, medium, municipality, person, holder, key } = request;
  const notBefore = request.notBefore ?? now;
  const notAfter = request.notAfter ?? fifthBirthdayAfter(request.attributes.birthDate, notBefore);
  const serial = state.nextSerial[use];
  const certificate = await buildCertificate(
    {
      serial,
      issuer: authority.facts.name,
      subject: subscriberName(toHex(randomBytes(13)).toUpperCase()),
      notBefore,
      notAfter,
      publicKey: request.publicKey,
      extensions: subscriberExtensions({
        use,
        medium,
        municipality,
        issuer: authority.facts,
        keyIdentifier: keyIdentifierOf(publicKeyBits(request.publicKey)),
        ocspUrl: urls.ocsp,
        practiceStatementUrl: urls.practiceStatement,
        holder: request.attributes,
      }),
    },
    authority.privateKey,
  );
  const issued: IssuedCertificate = {
    use,
    generation,
    serial,
    certificate: toBase64Url(certificate),
    medium,
    municipality,
    notBefore,
    notAfter,
    person,
    holder,
    key,
    previous: request.previous ?? null,
    state: { kind: "good" },
  };
  const nextSerial = { ...state.nextSerial, [use]: serial + 1 };
  return { state: { ...state, nextSerial, certificates: [...state.certificates, issued] }, value: issued };
}
