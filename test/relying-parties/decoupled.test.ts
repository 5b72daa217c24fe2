import { describe, expect, test } from "vitest";
import { metadataOf, type RegistrationRequest } from "../../src/relying-parties/index.ts";
import { registration } from "./registrations.ts";

const ping = (notificationEndpoint: string): Partial<RegistrationRequest> => ({ ciba: { delivery: "ping", notificationEndpoint } });

describe("a registration for sign-in on another device", () => {
  const accepted: readonly (readonly [string, Partial<RegistrationRequest>, object])[] = [
    ["neither", {}, { grant_types: ["authorization_code", "refresh_token"] }],
    ["a device", { deviceFlow: true }, { grant_types: ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"] }],
    ["polled", { ciba: { delivery: "poll" } }, { grant_types: ["authorization_code", "refresh_token", "urn:openid:params:grant-type:ciba"], backchannel_token_delivery_mode: "poll" }],
    ["with a ping", ping("https://rp.example/ciba"), { backchannel_token_delivery_mode: "ping", backchannel_client_notification_endpoint: "https://rp.example/ciba" }],
  ];
  test.each(accepted)("%s", (_name, changes, metadata) => expect(metadataOf(registration(changes))).toMatchObject({ valid: true, value: metadata }));

  const refused: readonly (readonly [string, Partial<RegistrationRequest>, RegExp])[] = [
    ["by a secret", { deviceFlow: true, authentication: "client_secret_basic" }, /^grant_types/],
    ["by an attestation", { ciba: { delivery: "poll" }, authentication: "attest_jwt_client_auth" }, /^grant_types/],
    ["a ping without TLS", ping("http://rp.example/ciba"), /^backchannel_client_notification_endpoint/],
    ["a ping with a user", ping("https://user@rp.example/ciba"), /^backchannel_client_notification_endpoint/],
    ["a ping with a fragment", ping("https://rp.example/ciba#a"), /^backchannel_client_notification_endpoint/],
    ["a ping to no address", ping("somewhere"), /^backchannel_client_notification_endpoint/],
  ];
  test.each(refused)("%s is refused", (_name, changes, at) => expect(metadataOf(registration(changes))).toMatchObject({ valid: false, code: "invalid_request", at: expect.stringMatching(at) as string }));
});
