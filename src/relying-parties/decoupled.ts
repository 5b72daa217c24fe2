/** Grants by which a person signs in on another device than the one that asks. */

export const deviceCodeGrant = "urn:ietf:params:oauth:grant-type:device_code";
export const cibaGrant = "urn:openid:params:grant-type:ciba";

/** What a registration may ask for. */
export interface DecoupledRequest {
  /** RFC 8628: a television, a kiosk, a ticket gate. */
  readonly deviceFlow?: boolean;
  /** OpenID Connect CIBA 1.0: how the relying party hears of the answer. */
  readonly ciba?: { readonly delivery: "poll" } | { readonly delivery: "ping"; readonly notificationEndpoint: string };
}

export function decoupledGrants({ deviceFlow, ciba }: DecoupledRequest): string[] {
  return [...(deviceFlow === true ? [deviceCodeGrant] : []), ...(ciba === undefined ? [] : [cibaGrant])];
}

/** Metadata of CIBA 1.0 section 4. */
export function decoupledMetadata({ ciba }: DecoupledRequest): Record<string, unknown> {
  if (ciba === undefined) return {};
  return {
    backchannel_token_delivery_mode: ciba.delivery,
    ...(ciba.delivery === "ping" && { backchannel_client_notification_endpoint: ciba.notificationEndpoint }),
  };
}

const byOwnKey = ["private_key_jwt", "self_signed_tls_client_auth"];

/** What is wrong with such a registration, naming the member, or null. */
export function decoupledProblem(request: DecoupledRequest & { readonly authentication: string }): string | null {
  const { ciba, authentication } = request;
  if (decoupledGrants(request).length === 0) return null;
  // Nothing but the key ties these requests to the relying party: no redirect URI is in play (CIBA 4).
  if (!byOwnKey.includes(authentication)) return `grant_types: device_code and ciba need ${byOwnKey.join(" or ")}`;
  if (ciba?.delivery !== "ping") return null;
  const endpoint = URL.parse(ciba.notificationEndpoint);
  return endpoint?.protocol === "https:" && endpoint.username === "" && endpoint.hash === "" ? null : "backchannel_client_notification_endpoint: an https URI";
}
