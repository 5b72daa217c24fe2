import type { Provider } from "oidc-provider";
import { asIdentifier, type ClientId, type PersonId, type Subject } from "../../identifiers.ts";
import { subjectFor } from "../../people/index.ts";
import type { ProviderPorts } from "../ports.ts";

/** A session of a relying party that ended because the person signed out. */
export interface EndedSession {
  readonly clientId: ClientId;
  readonly subject: Subject;
  /** As its ID tokens named it. */
  readonly sid: string;
}

/**
 * Sends the library's logout tokens (OpenID Connect Back-Channel Logout 1.0 2.5) the way of all others: they
 * wait until the relying party has them, and the person who signs out waits for nobody. ID tokens name the
 * session to whoever hears of logouts, so that one of them ends that session and no later one. It is never
 * promised (`backchannel_logout_session_required`): other ends are of all sessions of a person.
 */
export function logoutThroughOutbox(provider: Provider, { storage, clock, onSignedOut }: ProviderPorts): void {
  const { prototype } = provider.Client as unknown as { prototype: LogoutMethod };
  prototype.backchannelLogout = async function backchannelLogout(accountId, sid) {
    const subject = await subjectFor(storage, asIdentifier<PersonId>(accountId), String(this.sectorIdentifier ?? this.clientId), clock());
    await onSignedOut({ clientId: asIdentifier<ClientId>(this.clientId), subject, sid });
  };
  prototype.includeSid = function includeSid() {
    return this.backchannelLogoutUri !== undefined;
  };
}

/** What the library does not publish the types of. */
interface LogoutMethod {
  backchannelLogout(this: { readonly clientId: string; readonly sectorIdentifier?: string }, accountId: string, sid: string): Promise<void>;
  includeSid(this: { readonly backchannelLogoutUri?: string }): boolean;
}
