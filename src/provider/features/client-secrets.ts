import type { Provider } from "oidc-provider";
import { equalSecrets, utf8 } from "../../bytes.ts";
import type { Clock } from "../../clock.ts";
import { asIdentifier, type ClientId } from "../../identifiers.ts";
import { isClientSecret } from "../../relying-parties/index.ts";
import type { Storage } from "../../storage/index.ts";

/**
 * The library knows one secret of a client; while a secret is rotated two of them count. The one it knows it read
 * for this request: only whoever presents another is looked up. That it takes longer tells no more than the answer.
 */
export function acceptRotatedSecrets(provider: Provider, storage: Storage, clock: Clock): void {
  provider.Client.prototype.compareClientSecret = async function compareClientSecret(presented) {
    if (this.clientSecret !== undefined && equalSecrets(utf8(this.clientSecret), utf8(presented))) return true;
    return isClientSecret(storage, asIdentifier<ClientId>(this.clientId), presented, clock());
  };
}
