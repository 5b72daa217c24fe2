import { fromBase64 } from "../bytes.ts";
import { accept, refuse, type Verdict } from "../errors.ts";
import { type ModelIcon, readIcon } from "./metadata-icon.ts";
import { compromisedSince, readDate } from "./metadata-status.ts";

/** What metadata says of one model of authenticators. */
export interface AuthenticatorModel {
  readonly aaguid: string;
  /** Plain text of bounded length; `null` when the statement has none. */
  readonly name: { readonly en: string | null; readonly ja: string | null };
  readonly icon: ModelIcon | null;
  /** DER certificates that end the path of an attestation. */
  readonly roots: readonly Uint8Array[];
  /** Seconds from when the model counts as compromised; `null` when it does not. */
  readonly compromisedSince: number | null;
}

export interface MetadataPayload {
  /** `no`: grows with every BLOB. */
  readonly number: number;
  /** Seconds; until the end of that day another BLOB will be published. */
  readonly nextUpdate: number;
  /** By AAGUID, in lower case. Models of older protocols, which have none, are left out. */
  readonly models: ReadonlyMap<string, AuthenticatorModel>;
}

const maximumEntries = 20_000;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const nobody = "00000000-0000-0000-0000-000000000000";

/** Reads the payload of a BLOB (FIDO MDS 3.1.6). Members that are not needed are not looked at. */
export function readPayload(input: unknown): Verdict<MetadataPayload> {
  if (!isObject(input)) return refuse("malformed_metadata", "payload");
  const { no, nextUpdate, entries } = input;
  if (!Number.isSafeInteger(no) || Number(no) < 0) return refuse("malformed_metadata", "no");
  const next = readDate(nextUpdate);
  if (next === null) return refuse("malformed_metadata", "nextUpdate");
  if (!Array.isArray(entries) || entries.length > maximumEntries) return refuse("malformed_metadata", "entries");
  const models = new Map<string, AuthenticatorModel>();
  for (const [index, entry] of entries.entries()) {
    const model = readEntry(entry);
    if (!model.valid) return refuse(model.code, `entries[${index}].${model.at}`);
    if (model.value === null) continue;
    if (models.has(model.value.aaguid)) return refuse("malformed_metadata", `entries[${index}].aaguid twice`);
    models.set(model.value.aaguid, model.value);
  }
  return accept({ number: Number(no), nextUpdate: next, models });
}

function readEntry(entry: unknown): Verdict<AuthenticatorModel | null> {
  if (!isObject(entry)) return refuse("malformed_metadata", "object");
  const { aaguid, metadataStatement: statement = {}, statusReports } = entry;
  // What has no AAGUID speaks an older protocol, or is many models at once (WebAuthn 6.5.1).
  if (aaguid === undefined || aaguid === nobody) return accept(null);
  if (typeof aaguid !== "string" || !uuid.test(aaguid.toLowerCase())) return refuse("malformed_metadata", "aaguid");
  if (!isObject(statement)) return refuse("malformed_metadata", "metadataStatement");
  const since = compromisedSince(statusReports);
  if (!since.valid) return since;
  const { attestationRootCertificates: roots = [], description, friendlyNames, alternativeDescriptions, icon } = statement;
  if (!Array.isArray(roots)) return refuse("malformed_metadata", "attestationRootCertificates");
  return accept({
    aaguid: aaguid.toLowerCase(),
    name: {
      en: memberOf(friendlyNames, /^en\b/) ?? plainText(description),
      ja: memberOf(friendlyNames, /^ja\b/) ?? memberOf(alternativeDescriptions, /^ja\b/),
    },
    icon: readIcon(icon),
    // One that cannot be read ends no path; vendors break lines in them.
    roots: roots.map((root) => (typeof root === "string" ? fromBase64(root.replaceAll(/\s/g, "")) : null)).filter((der) => der !== null),
    compromisedSince: since.value,
  });
}

/** The text for a language (IETF tags, as `ja-JP`). */
function memberOf(texts: unknown, language: RegExp): string | null {
  if (!isObject(texts)) return null;
  const tag = Object.keys(texts).find((key) => language.test(key));
  return tag === undefined ? null : plainText(texts[tag]);
}

/** Without control characters and those that turn the direction of writing. */
function plainText(text: unknown): string | null {
  if (typeof text !== "string") return null;
  const plain = text.replaceAll(/[\p{Cc}\p{Cf}]/gu, "").trim();
  return plain === "" ? null : plain.slice(0, 120);
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null && !Array.isArray(value);
