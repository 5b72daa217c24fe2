import type { Provider } from "oidc-provider";
import { TokenError } from "./pkcs11/return-values.ts";
import { TokenSigningKey } from "./pkcs11/signing-key.ts";
import type { ProviderKeys } from "./signing-keys.ts";

/** Where codes, refresh tokens, device codes, interactions and pushed requests are used up before what they give is signed. */
const usesUp = /^\/(token|authorize)(\/|$)/;

/**
 * Refuses by 503, before anything is used up, what could not be signed: asked again as told, a code or a refresh
 * token that was used up would count as stolen and end the whole grant. Add after `answerOutages`, which answers.
 */
export function refuseWhatCannotBeSigned(provider: Provider, { active }: Pick<ProviderKeys, "active">): void {
  const inToken = active.filter((key) => key instanceof TokenSigningKey);
  if (inToken.length === 0) return;
  provider.use(async (ctx, next) => {
    if (usesUp.test(ctx.path) && (await Promise.all(inToken.map((key) => key.isReady()))).includes(false)) throw new TokenError("token_not_ready", "nothing was used up");
    await next();
  });
}
