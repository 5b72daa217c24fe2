import { equalSecrets, randomBytes, toBase64Url, utf8 } from "../bytes.ts";
import { orThrow, Refusal } from "../errors.ts";
import { asIdentifier, type ClientId, newIdentifier } from "../identifiers.ts";
import { sha256Base64Url } from "../pki/digest.ts";
import type { ArtifactStore, Storage, Transaction } from "../storage/index.ts";
import { combinedPolicy, type RegistrationPolicy, requestFromMetadata } from "./client-metadata.ts";
import { useInitialAccess } from "./initial-access.ts";
import { metadataOf, type RelyingPartyMetadata } from "./registration.ts";
import { readSoftwareStatement, type SoftwareStatement, type StatementIssuer } from "./software-statement.ts";
import { removeRelyingParty } from "./removal.ts";
import { addWithin, findRelyingParty, type RelyingParty, updateRelyingParty } from "./store.ts";

/** How far relying parties may register themselves. */
export interface RegistrationSettings {
  readonly statementIssuers: readonly StatementIssuer[];
  /** Most relying parties that registered themselves. */
  readonly maximumClients: number;
}

/** Kept with such a registration: on whose word it was made, what it must keep to, and by which digest its own token is known. */
interface RegisteredBy {
  readonly authority: string;
  readonly policy: RegistrationPolicy;
  /** What a software statement vouched for: it goes before what the client sends, now and later (RFC 7591 2.3). */
  readonly vouched: Json;
  readonly token_sha256: string;
}

export interface DynamicRegistration {
  readonly party: RelyingParty;
  /** Told this one time. */
  readonly secret: string | null;
  readonly registrationToken: string;
}

type Json = Readonly<Record<string, unknown>>;

/**
 * Registers a relying party on the word of an initial access token or a software statement (RFC 7591 3).
 * What is used up and what is registered share one transaction: a registration that is refused costs no use.
 * @throws Refusal with the error codes of RFC 7591 3.2.2, or `invalid_token`.
 */
export async function registerDynamically(storage: Storage, settings: RegistrationSettings, sent: Json, initialToken: string | null, now: number): Promise<DynamicRegistration> {
  const statement = await statementIn(sent, settings, now);
  const clientId = newIdentifier<ClientId>();
  const registrationToken = toBase64Url(randomBytes(32));
  return storage.transaction(async (transaction) => {
    const { authority, policy } = await authorityOf(transaction.artifacts, statement, initialToken, now);
    const registered_by: RegisteredBy = { authority, policy, vouched: statement?.metadata ?? {}, token_sha256: sha256Base64Url(utf8(registrationToken)) };
    const metadata = { ...checked(clientId, { ...sent, ...registered_by.vouched }, policy), registered_by };
    await leaveRoom(transaction, settings);
    const { secret } = await addWithin(transaction, storage, metadata, now, { by: authority });
    return { party: { clientId, metadata, createdAt: now }, secret, registrationToken };
  });
}

/** The relying party that this token manages (RFC 7592 2.1). @throws Refusal `invalid_token`, whatever is wrong. */
export async function managedRelyingParty(storage: Storage, clientId: string, registrationToken: string): Promise<RelyingParty> {
  const found = await findRelyingParty(storage, asIdentifier<ClientId>(clientId));
  const expected = registeredBy(found?.metadata)?.token_sha256 ?? "";
  const isRight = equalSecrets(utf8(expected), utf8(sha256Base64Url(utf8(registrationToken))));
  if (found === null || !isRight) throw new Refusal("invalid_token", "registration access token");
  return found;
}

/**
 * Replaces what is registered (RFC 7592 2.2). The host of the redirect URIs stays, since people's
 * identifiers hang on it, and so does the way of authenticating.
 */
export async function updateDynamically(storage: Storage, party: RelyingParty, sent: Json, now: number): Promise<RelyingParty> {
  const { client_id, client_secret, token_endpoint_auth_method: method, redirect_uris: [redirectUri = ""] } = party.metadata;
  const ofTheServer = ["registration_access_token", "registration_client_uri", "client_secret_expires_at", "client_id_issued_at"].find((member) => sent[member] !== undefined);
  if (ofTheServer !== undefined) throw new Refusal("invalid_request", `${ofTheServer}: not to be sent`);
  if (sent["client_id"] !== client_id) throw new Refusal("invalid_request", "client_id: must be the client's own");
  if (sent["client_secret"] !== undefined && !equalSecrets(utf8(String(client_secret)), utf8(String(sent["client_secret"])))) throw new Refusal("invalid_request", "client_secret: must be the present one");
  const registered_by = registeredBy(party.metadata);
  const metadata = checked(client_id, { ...sent, ...registered_by?.vouched }, registered_by?.policy ?? {});
  if (metadata.token_endpoint_auth_method !== method) throw new Refusal("invalid_client_metadata", "token_endpoint_auth_method: stays; register anew to change it");
  if (new URL(metadata.redirect_uris[0] ?? "").host !== new URL(redirectUri).host) throw new Refusal("invalid_redirect_uri", "redirect_uris: the host stays; register anew to change it");
  const changed = { ...metadata, registered_by };
  await updateRelyingParty(storage, changed, now);
  return { ...party, metadata: changed };
}

/** Ends a registration (RFC 7592 2.3). */
export async function removeDynamically(storage: Storage, { clientId }: RelyingParty, now: number): Promise<void> {
  await removeRelyingParty(storage, clientId, now);
}

const registeredBy = (metadata: RelyingPartyMetadata | undefined): RegisteredBy | undefined => metadata?.["registered_by"] as RegisteredBy | undefined;

async function statementIn(sent: Json, { statementIssuers }: RegistrationSettings, now: number): Promise<SoftwareStatement | null> {
  const statement = sent["software_statement"];
  if (statement === undefined) return null;
  if (typeof statement !== "string") throw new Refusal("invalid_software_statement", "software_statement: text");
  return readSoftwareStatement(statement, statementIssuers, now);
}

/** On whose word this is. Of a token and a statement both must hold. */
async function authorityOf(artifacts: ArtifactStore, statement: SoftwareStatement | null, token: string | null, now: number): Promise<{ authority: string; policy: RegistrationPolicy }> {
  if (statement === null && token === null) throw new Refusal("invalid_token", "an initial access token or a software statement is needed");
  const access = token === null ? null : await useInitialAccess(artifacts, token, now);
  if (statement !== null) {
    const isFirst = await artifacts.insert("SoftwareStatement", `${statement.issuer.issuer} ${statement.jti}`, {}, { expiresAt: statement.expiresAt + 60 });
    if (!isFirst) throw new Refusal("invalid_software_statement", "software_statement: was used before");
  }
  const authority = [access === null ? [] : [`initial access ${access.id}`], statement === null ? [] : [`statement of ${statement.issuer.issuer}`]].flat().join(", ");
  return { authority, policy: combinedPolicy(statement?.issuer.policy ?? {}, access?.policy ?? {}) };
}

/** Under the same rules as what the operator registers. */
function checked(clientId: string, sent: Json, policy: RegistrationPolicy): RelyingPartyMetadata {
  const verdict = metadataOf(orThrow(requestFromMetadata(clientId, sent, policy)));
  if (verdict.valid) return verdict.value;
  throw new Refusal(verdict.at.startsWith("redirect_uris") ? "invalid_redirect_uri" : "invalid_client_metadata", verdict.at);
}

async function leaveRoom({ data }: Transaction, { maximumClients }: RegistrationSettings): Promise<void> {
  const registered = await data.relyingParty.count({ where: { metadata: { contains: '"registered_by":' } } });
  if (registered >= maximumClients) throw new Refusal("service_unavailable", "registration.maximum_clients is reached");
}
