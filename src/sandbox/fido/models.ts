import { fromBase64, toBase64 } from "../../bytes.ts";
import type { NameAttribute } from "../jlis/x509/name.ts";
import type { FidoAuthority } from "./authority.ts";

/** A model that the sandbox's metadata lists. */
export interface SandboxModel {
  readonly aaguid: string;
  readonly en: string;
  readonly ja: string;
  /** DER of what ends the path of its attestations. */
  readonly root: Uint8Array;
}

/** A security key that exists in software alone: tests hold its attestation key. */
export const sandboxSecurityKey = "7d3c1f0e-52a8-4b6d-9e41-0c8f2a6b5d13";
/** What the virtual authenticator of Chromium's developer tools calls itself. */
export const chromiumAuthenticator = "01020304-0506-0708-0102-030405060708";

/** Its attestation key is the same everywhere and published with Chromium's source: it proves nothing outside a sandbox. */
const chromiumKey = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEjWF+ZclQjmS8xWc6yCpnmdo8FEZoLCWMRj//31jf0vo+bDeLU9eVxKTf+0GZ7deGLyOrrwIDtLiRG6BWmZThAQ==";
const chromiumName: readonly NameAttribute[] = [["C", "US"], ["O", "Chromium"], ["OU", "Authenticator Attestation"], ["CN", "Batch Certificate"]];

export async function sandboxModels(authority: FidoAuthority): Promise<readonly SandboxModel[]> {
  const chromiumRoot = await authority.crossCertify(chromiumName, fromBase64(chromiumKey) ?? new Uint8Array());
  return [
    { aaguid: sandboxSecurityKey, en: "Sandbox security key", ja: "サンドボックスのセキュリティキー", root: authority.certificate },
    { aaguid: chromiumAuthenticator, en: "Virtual authenticator of Chromium", ja: "Chromiumの仮想認証器", root: chromiumRoot },
  ];
}

const icon = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAABgAAAAYAQMAAADaua+7AAAABlBMVEX///8mSvTZRHimAAAAAnRSTlMA/1uRIrUAAAAqSURBVHjaY2DAA9gPMDDwP2BgkP/AwGBhAcT2fxDYIgcongOUzwGrwwEAF9oMCJSXIYMAAAAASUVORK5CYII=";

/** A payload of the Metadata Service (FIDO MDS 3.1.6). `reports`: statuses by AAGUID; `nextUpdate`: an ISO 8601 date. */
export function payloadOf(models: readonly SandboxModel[], number: number, nextUpdate: string, reports: Readonly<Record<string, string>>): object {
  return {
    legalHeader: "Made by a sandbox. Nothing here is a statement of the FIDO Alliance.",
    no: number,
    nextUpdate,
    entries: models.map(({ aaguid, en, ja, root }) => ({
      aaguid,
      metadataStatement: {
        aaguid, protocolFamily: "fido2", description: en, alternativeDescriptions: { "ja-JP": ja }, icon,
        attestationRootCertificates: [toBase64(root)],
      },
      statusReports: [{ status: "NOT_FIDO_CERTIFIED" }, ...(reports[aaguid] === undefined ? [] : [{ status: reports[aaguid] }])],
    })),
  };
}
