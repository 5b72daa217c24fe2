import { statSync } from "node:fs";
import { equalBytes } from "./bytes.ts";
import type { CompleteConfiguration } from "./config-schema.ts";
import { isSandboxAuthority } from "./jpki/sandbox-marker.ts";
import { readIpAddress } from "./pki/ip-address.ts";

/** Rules over several members of the configuration. Each answers with one sentence a problem. */

interface Anchors {
  readonly userAuthentication: readonly Uint8Array[];
  readonly signature: readonly Uint8Array[];
  readonly metadata: readonly Uint8Array[];
}

/** What cannot be meant, in the sandbox or anywhere. `crlIssuers`: null where a file could not be read. */
export function contradictions(file: CompleteConfiguration, anchors: Anchors, crlIssuers: readonly (Uint8Array | null)[]): string[] {
  const problems: string[] = [];
  const { issuer, listen, sealing, status, enrolment, resources } = file;
  if (!isOrigin(issuer)) problems.push("issuer: must be written as https://host, with a port if it has one, and without path, trailing slash, query or fragment");
  for (const id of repeated(sealing.keys.map((key) => key.id))) problems.push(`sealing.keys: the id ${id} stands twice`);
  for (const file of repeated(sealingFiles(sealing))) problems.push(`sealing: ${file} is named twice; every key is for one thing`);
  if (anchors.signature.some((der) => isAmong(der, anchors.userAuthentication))) problems.push("trust: the same certificate stands under user_authentication and signature; they are separate");
  if (status.responders.length + status.crls.length === 0) problems.push("status: name at least one responder or CRL; revocation unknown is never good");
  for (const [index, crl] of status.crls.entries()) {
    if ((crl.url === undefined) === (crl.file === undefined)) problems.push(`status.crls.${index}: name either url or file`);
    const der = crlIssuers[index] ?? null;
    if (der !== null && !isAmong(der, [...anchors.userAuthentication, ...anchors.signature])) problems.push(`status.crls.${index}.issuer: must be one of the trust anchors`);
  }
  if (enrolment.app_link.includes("#")) problems.push("enrolment.app_link: must have no fragment; the bridge puts the transaction there");
  for (const origin of enrolment.app_origins) if (!isOrigin(origin)) problems.push(`enrolment.app_origins: ${origin} is not an origin (scheme, host and port alone)`);
  for (const identifier of resources.map((resource) => resource.identifier)) if (identifier.includes("#")) problems.push(`resources: ${identifier} must have no fragment`);
  for (const identifier of repeated(resources.map((resource) => resource.identifier))) problems.push(`resources: ${identifier} stands twice`);
  if (listen.drain.announce > listen.drain.limit) problems.push("listen.drain: announce must not be longer than limit");
  return [...problems, ...passkeyProblems(file), ...mutualTlsProblems(file)];
}

function mutualTlsProblems({ mutual_tls, listen, issuer }: CompleteConfiguration): string[] {
  if (mutual_tls === null) return [];
  const problems: string[] = [];
  if (!isOrigin(mutual_tls.origin) || !mutual_tls.origin.startsWith("https:")) problems.push("mutual_tls.origin: must be written as https://host, with a port if it has one, and nothing after it");
  if (mutual_tls.origin === issuer) problems.push("mutual_tls.origin: must differ from the issuer; browsers would be asked for a certificate");
  for (const address of mutual_tls.proxies) if (readIpAddress(address) === null) problems.push(`mutual_tls.proxies: ${address} is not an IP address`);
  if (listen.trusted_proxies === 0) problems.push("mutual_tls: needs a proxy; set listen.trusted_proxies");
  return problems;
}

function passkeyProblems({ issuer, passkeys: { rp_id, origins, metadata } }: CompleteConfiguration): string[] {
  const problems: string[] = [];
  const { hostname } = new URL(issuer);
  // WebAuthn 5.1.2: a registrable suffix of the page's host, or the host itself.
  if (rp_id !== undefined && rp_id !== hostname && !(rp_id.includes(".") && hostname.endsWith(`.${rp_id}`))) {
    problems.push("passkeys.rp_id: must be the issuer's host or a domain it lies in; browsers refuse any other");
  }
  for (const origin of origins) {
    if (!isOrigin(origin) && !androidOrigin.test(origin)) problems.push(`passkeys.origins: ${origin} is neither a web origin nor android:apk-key-hash:...`);
  }
  if (metadata !== null && (metadata.url === undefined) === (metadata.file === undefined)) problems.push("passkeys.metadata: name either url or file");
  return problems;
}

const testPolicies = "1.2.392.200149.8.5.1.0.";

/** What must not be in production. `resolve` finds a file that the configuration names. */
export function unfitForProduction(file: CompleteConfiguration, anchors: Anchors, resolve: (file: string) => string): string[] {
  const problems: string[] = [];
  const mustBeHttps: [string, string][] = [
    ["issuer", file.issuer],
    ["enrolment.app_link", file.enrolment.app_link],
    ...(file.continuity === null ? [] : [["continuity.url", file.continuity.url] as [string, string]]),
    ...(file.passkeys.metadata?.url === undefined ? [] : [["passkeys.metadata.url", file.passkeys.metadata.url] as [string, string]]),
    ...file.enrolment.app_origins.map((origin): [string, string] => ["enrolment.app_origins", origin]),
    ...file.passkeys.origins.filter(isOrigin).map((origin): [string, string] => ["passkeys.origins", origin]),
  ];
  for (const [member, url] of mustBeHttps) if (!url.startsWith("https://")) problems.push(`${member}: must be https in production`);
  if ([...anchors.userAuthentication, ...anchors.signature].some(isSandboxAuthority)) {
    problems.push("trust: names a certification authority of the sandbox; take the certificates that J-LIS publishes");
  }
  if (anchors.metadata.some(isSandboxAuthority)) {
    problems.push("passkeys.metadata.anchors: names the authority of the sandbox; take the roots that GlobalSign publishes");
  }
  const policies = [...(file.policies.user_authentication ?? []), ...(file.policies.signature ?? [])];
  if (policies.some(({ oid }) => oid.startsWith(testPolicies))) {
    problems.push("policies: names a policy of the test environment, which is refused with production anchors");
  }
  const secrets = [...sealingFiles(file.sealing), ...(file.keys.pkcs11 === null ? [] : [file.keys.pkcs11.pin_file])];
  for (const key of secrets) {
    if (isAllowedToAll(resolve(key), 0o007)) problems.push(`${key}: can be read by everybody on this machine; chmod 600`);
  }
  for (const trusted of trustedFiles(file)) {
    if (isChangedByAll(resolve(trusted))) problems.push(changedByAll(trusted));
  }
  return problems;
}

const sealingFiles = ({ keys, digest_key_file, digest_keys_after, digest_key_next }: CompleteConfiguration["sealing"]): string[] =>
  [...keys.map((key) => key.file), digest_key_file, ...digest_keys_after, ...(digest_key_next === undefined ? [] : [digest_key_next])];
const androidOrigin = /^android:apk-key-hash:[A-Za-z0-9_-]{43}$/;
const isOrigin = (text: string): boolean => URL.canParse(text) && /^https?:/.test(text) && new URL(text).origin === text;
const isAmong = (der: Uint8Array, others: readonly Uint8Array[]): boolean => others.some((other) => equalBytes(der, other));
const repeated = (list: readonly string[]): string[] => [...new Set(list.filter((entry, index) => list.indexOf(entry) !== index))];

/** Whoever can write to one of these decides whose certificates count, or runs inside the bridge. */
function trustedFiles({ trust, passkeys, mutual_tls, keys: { pkcs11 } }: CompleteConfiguration): string[] {
  // A module without a slash is looked for where the system keeps libraries.
  const modules = pkcs11?.module.includes("/") === true ? [pkcs11.module] : [];
  return [...trust.user_authentication, ...trust.signature, ...(passkeys.metadata?.anchors ?? []), ...(mutual_tls?.authorities ?? []), ...modules];
}

/** Whether everybody on this machine may write to a file. */
export const isChangedByAll = (file: string): boolean => isAllowedToAll(file, 0o002);
/** What is said of it. */
export const changedByAll = (file: string): string => `${file}: can be changed by everybody on this machine; chmod o-w`;

function isAllowedToAll(file: string, bits: number): boolean {
  // Windows has no such bits: they always read as set.
  return process.platform !== "win32" && ((statSync(file, { throwIfNoEntry: false })?.mode ?? 0) & bits) !== 0;
}
