/** What a relying party may do in its own name, with no person behind it (client credentials grant, RFC 6749 4.4). */

/** Scopes by the identifier of the resource at which they may be asked for. */
export type ClientCredentialsAccess = Readonly<Record<string, readonly string[]>>;

/** What a registration may ask for. */
export interface ClientCredentialsRequest {
  readonly clientCredentials?: ClientCredentialsAccess;
}

/** Instances of an app keep nothing that only the service has, so that none of them speaks for it. */
const methods = ["private_key_jwt", "client_secret_basic", "tls_client_auth", "self_signed_tls_client_auth"];
const scopeForm = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** The member of the metadata: the bridge's own, for `scope` (RFC 7591 2) would limit what people are asked as well. */
export function clientCredentialsMetadata({ clientCredentials = {} }: ClientCredentialsRequest): { readonly client_credentials?: ClientCredentialsAccess } {
  return Object.keys(clientCredentials).length === 0 ? {} : { client_credentials: clientCredentials };
}

/** What is wrong with such a registration, naming the member, or null. */
export function clientCredentialsProblem({ clientCredentials = {}, authentication }: ClientCredentialsRequest & { readonly authentication: string }): string | null {
  const asked = Object.entries(clientCredentials);
  if (asked.length === 0) return null;
  if (!methods.includes(authentication)) return `client_credentials: needs ${methods.join(", ")}`;
  for (const [resource, scopes] of asked) {
    if (!URL.canParse(resource) || resource.includes("#")) return `client_credentials: ${resource}: must be an absolute URI without fragment`;
    if (scopes.length === 0 || !scopes.every((scope) => scopeForm.test(scope))) return `client_credentials: ${resource}: needs the scopes that may be asked for there`;
  }
  return null;
}
