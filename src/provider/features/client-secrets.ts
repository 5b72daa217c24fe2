import type { Provider } from "oidc-provider";
import type { Clock } from "../../clock.ts";
import { asIdentifier, type ClientId } from "../../identifiers.ts";
import { isClientSecret } from "../../relying-parties/index.ts";
import type { Storage } from "../../storage/index.ts";

/** The library knows one secret of a client; while a secret is rotated two of them count. */
export function acceptRotatedSecrets(provider: Provider, storage: Storage, clock: Clock): void {
  provider.Client.prototype.compareClientSecret = function compareClientSecret(presented) {
    return isClientSecret(storage, asIdentifier<ClientId>(this.clientId), presented, clock());
  };
}
