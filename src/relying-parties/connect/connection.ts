import type { Level } from "../../assurance/facts.ts";
import { ownAcr } from "../../assurance/vocabularies.ts";
import type { RelyingPartyMetadata } from "../registration.ts";

/** What a relying party's own configuration is written from. */
export interface Connection {
  readonly issuer: string;
  readonly metadata: RelyingPartyMetadata;
  /** File with its private JWK, by the name it has where the relying party runs. */
  readonly keyFile: string;
}

export const redirectUriOf = ({ metadata }: Connection): string => metadata.redirect_uris[0] ?? "";
export const isByKey = ({ metadata }: Connection): boolean => metadata.token_endpoint_auth_method === "private_key_jwt";
export const isPushed = ({ metadata }: Connection): boolean => metadata["require_pushed_authorization_requests"] === true;
export const isDpopBound = ({ metadata }: Connection): boolean => metadata["dpop_bound_access_tokens"] === true;
export const isMessageSigned = ({ metadata }: Connection): boolean => metadata["message_signing"] === true;
export const idTokenAlgorithm = ({ metadata }: Connection): string => String(metadata["id_token_signed_response_alg"]);
export const clientAlgorithm = ({ metadata }: Connection): string => String(metadata["token_endpoint_auth_signing_alg"] ?? metadata["request_object_signing_alg"] ?? "ES256");

/** The levels that every sign-in must reach, or null. */
export function minimumsOf({ metadata }: Connection): { readonly ial: Level; readonly aal: Level } | null {
  const { minimum_ial: ial, minimum_aal: aal } = metadata as { minimum_ial?: Level; minimum_aal?: Level };
  return ial === undefined && aal === undefined ? null : { ial: ial ?? 1, aal: aal ?? 1 };
}

/** The `acr` by which the minimums are asked for, or null. */
export function acrOf(connection: Connection): string | null {
  const minimums = minimumsOf(connection);
  return minimums === null ? null : ownAcr(minimums.ial, minimums.aal);
}

/** Why software that knows a secret or key and the plain authorization request cannot serve this registration, or null. */
export function plainSoftwareProblem(connection: Connection, methods: readonly string[]): string | null {
  const { token_endpoint_auth_method: method } = connection.metadata;
  if (!methods.includes(method)) return `register with --auth ${methods.join(" or ")}`;
  return isPushed(connection) || isDpopBound(connection) || isMessageSigned(connection) || connection.metadata["tls_client_certificate_bound_access_tokens"] === true
    ? "it knows no pushed requests, bound tokens or signed messages: register without --par, --dpop and --profile"
    : null;
}

/** Text as a string of JavaScript, Java and YAML alike. */
export const quoted = (text: string): string => JSON.stringify(text);
