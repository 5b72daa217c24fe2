import type { Client } from "oidc-provider";

/**
 * The members of a registration that are ours and not the library's: they stand on the client under the names
 * they were registered by. Its own `metadata()` writes out every member anew, which costs more than reading the client.
 */
export const ownMetadata = (client: Client | undefined): Readonly<Record<string, unknown>> => (client ?? {}) as Readonly<Record<string, unknown>>;
