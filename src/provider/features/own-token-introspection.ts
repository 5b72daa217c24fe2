import { createLocalJWKSet, decodeJwt, type JWK, type JWTPayload, jwtVerify } from "jose";
import type { KoaContextWithOIDC, Provider } from "oidc-provider";
import { TokenSigningKey } from "../pkcs11/index.ts";
import type { ProviderPorts } from "../ports.ts";
import type { SigningKey } from "../signing-keys.ts";

/**
 * The library introspects no JWT, for none is stored. One that a relying party was given in its own name is
 * introspected for that relying party all the same (RFC 7662): by its signature, its life and the keys that
 * count now. What a person's JWT would say of the day stands nowhere, so of those nothing is said.
 */
export function introspectOwnTokens(provider: Provider, keys: readonly SigningKey[], { issuer, clock }: Pick<ProviderPorts, "issuer" | "clock">): void {
  const published = createLocalJWKSet({ keys: keys.filter(({ alg }) => alg === "ES256").map(publicPart) });
  const verified = (token: string): Promise<JWTPayload | null> =>
    jwtVerify(token, published, { algorithms: ["ES256"], typ: "at+jwt", issuer, currentDate: new Date(clock() * 1000) }).then(({ payload }) => payload, () => null);
  provider.use(async (ctx, next) => {
    await next();
    const { route, client, params } = (ctx as KoaContextWithOIDC).oidc ?? {};
    const token = String(params?.["token"]);
    if (route !== "introspection" || client === undefined || !isRefusedAsJwt(ctx.body) || !isSaidToBeOf(client.clientId, token)) return;
    // A signed answer (RFC 9701) is the library's to give.
    if (ctx.accepts("json", "application/token-introspection+jwt") !== "json") return;
    const claims = await verified(token);
    ctx.body = claims === null ? { active: false } : { ...claims, active: true, token_type: isBoundToKey(claims) ? "DPoP" : "Bearer" };
    ctx.status = 200;
  });
}

function publicPart(key: SigningKey): JWK {
  const { kty, crv, x, y } = (key instanceof TokenSigningKey ? key.keyObject().export({ format: "jwk" }) : key) as JWK & { kty: string };
  return { kty, crv, x, y, kid: key.kid, alg: key.alg } as JWK;
}

const isRefusedAsJwt = (body: unknown): boolean => typeof body === "object" && body !== null && "error" in body && body.error === "unsupported_token_type";

/** Whether it was given to this client in its own name: so it says, and whether that is true remains to be seen. */
function isSaidToBeOf(clientId: string, token: string): boolean {
  try {
    const { sub, client_id } = decodeJwt(token);
    return sub === clientId && client_id === clientId;
  } catch {
    return false;
  }
}

const isBoundToKey = ({ cnf }: JWTPayload): boolean => typeof cnf === "object" && cnf !== null && "jkt" in cnf;
