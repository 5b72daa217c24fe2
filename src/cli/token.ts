import { type Configuration, ConfigurationError } from "../config.ts";
import { adoptTokenKeys, type ConfiguredToken, configuredKey, openToken, requireSigningKeys, type SigningToken, TokenError } from "../provider/pkcs11/index.ts";
import type { KeyDocument, TokenPlace } from "../provider/keys.ts";
import type { KeyAlgorithm } from "../provider/keys-life.ts";
import type { Storage } from "../storage/index.ts";

/** Opens the token that holds the provider's signing keys; undefined where none is configured. @throws ConfigurationError */
export async function openConfiguredToken({ keys: { pkcs11 } }: Pick<Configuration, "keys">): Promise<ConfiguredToken | undefined> {
  if (pkcs11 === null) return undefined;
  const { module, token_label, pin, key_label, key_id, rsa_key_label, rsa_key_id } = pkcs11;
  const [es256, rs256] = [placeOf(key_label, key_id), placeOf(rsa_key_label, rsa_key_id)];
  const places = { ...(es256 !== null && { ES256: es256 }), ...(rs256 !== null && { RS256: rs256 }) };
  return told(async () => {
    const token = await openToken({ module, label: token_label, pin });
    endThoughItHangs(token);
    return { token, places };
  });
}

/** The end of a process waits for its threads, and one that is in a token that hangs does not come back. Add after whatever else is to be done at the end. */
export function endThoughItHangs(token: Pick<SigningToken, "isAnswering">): void {
  process.once("exit", () => void (token.isAnswering() || process.kill(process.pid, "SIGKILL")));
}

/** The key of a token that is to sign; undefined where keys of this algorithm are made here. @throws ConfigurationError */
export async function keyInToken(configuration: Pick<Configuration, "keys">, algorithm: KeyAlgorithm): Promise<KeyDocument | undefined> {
  const token = await openConfiguredToken(configuration);
  return token === undefined ? undefined : told(() => configuredKey(token, algorithm));
}

/** Has the keys of the token sign, each after it was announced. @returns the algorithms whose key waits for an earlier rotation. @throws ConfigurationError */
export async function takeUpToken(storage: Storage, token: ConfiguredToken | undefined, now: number): Promise<string[]> {
  return told(async () => {
    const waiting = token === undefined ? [] : await adoptTokenKeys(storage, token, now);
    await requireSigningKeys(storage, token?.token ?? null, now);
    return waiting;
  });
}

const placeOf = (label: string | undefined, id: string | undefined): TokenPlace | null =>
  label === undefined && id === undefined ? null : { ...(label !== undefined && { label }), ...(id !== undefined && { id }) };

/** What a token refuses at the start is to be mended by the operator, who reads its name in the standard. */
async function told<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof TokenError ? new ConfigurationError([`keys.pkcs11: ${error.message}`]) : error;
  }
}
