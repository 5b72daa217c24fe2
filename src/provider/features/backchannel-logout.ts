import type { Provider } from "oidc-provider";
import { asIdentifier, type ClientId, type PersonId, type Subject } from "../../identifiers.ts";
import { subjectFor } from "../../people/index.ts";
import type { ProviderPorts } from "../ports.ts";

/** A session of a relying party that ended because the person signed out. */
export interface EndedSession {
  readonly clientId: ClientId;
  readonly subject: Subject;
  /** Only for a relying party that is told of sessions one by one; null: all of this person there. */
  readonly sid: string | null;
}

/**
 * Sends the library's logout tokens (OpenID Connect Back-Channel Logout 1.0 2.5) the way of all others: they
 * wait until the relying party has them, and the person who signs out waits for nobody.
 */
export function logoutThroughOutbox(provider: Provider, { storage, clock, onSignedOut }: ProviderPorts): void {
  const { prototype } = provider.Client as unknown as { prototype: LogoutMethod };
  prototype.backchannelLogout = async function backchannelLogout(accountId, sid) {
    const subject = await subjectFor(storage, asIdentifier<PersonId>(accountId), String(this.sectorIdentifier ?? this.clientId), clock());
    await onSignedOut({ clientId: asIdentifier<ClientId>(this.clientId), subject, sid: this.backchannelLogoutSessionRequired === true ? sid : null });
  };
}

/** What the library does not publish the types of. */
interface LogoutMethod {
  backchannelLogout(this: { readonly clientId: string; readonly sectorIdentifier?: string; readonly backchannelLogoutSessionRequired?: boolean }, accountId: string, sid: string): Promise<void>;
}
