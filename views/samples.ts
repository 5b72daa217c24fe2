/** A sample of every page in each of its states, for tests and screenshots. */
import { accounts } from "./account-samples.ts";
import { trusted } from "./html.ts";
import { messagesIn } from "./messages/index.ts";
import * as pages from "./pages/index.ts";
import { noon, page, party, sample, type Sample } from "./sample.ts";

const sampleQrCode = trusted('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 29 29"><path fill="#fff" d="M0 0h29v29H0z"/><path d="M4 4h7v7H4zm14 0h7v7h-7zM4 18h7v7H4zm9-14h3v3h-3zm0 9h5v2h-5zm6 4h2v4h-2zm3 1h3v3h-3zm-8 3h3v4h-3z"/></svg>');

const interaction = { ...page, party, uid: "V1StGXR8_Z5jdHi6B", optionsUrl: "/interaction/V1/passkey/options", verifyUrl: "/interaction/V1/passkey", enrolUrl: "/interaction/V1/enrol", recoverUrl: "/interaction/V1/recover", cancelUrl: "/interaction/V1/cancel" };
const start = { ...page, party, startUrl: "/interaction/V1/enrol", cancelUrl: "/interaction/V1/cancel" };
const progress = { ...page, party, statusUrl: "/enrolment/T1/status", cancelUrl: "/enrolment/T1/cancel", restartUrl: "/interaction/V1/enrol", signInUrl: "/interaction/V1", minutesLeft: 5, appLink: "http://localhost:3200/phone#iss=http%3A%2F%2Flocalhost%3A3000&txn=T1&secret=s" };
const stepUp = { ...page, party, startUrl: "/interaction/V1/step-up", cancelUrl: "/interaction/V1/cancel", likelyPhone: true };

const signIn: readonly Sample[] = [
  sample("sign-in", pages.signInPage, interaction),
  sample("sign-in-brought", pages.signInPage, { ...interaction, offered: { options: { rpId: "localhost", challenge: "c" }, challenge_id: "i" } }),
  sample("sign-in-higher-level", pages.signInPage, { ...interaction, sandbox: false, reason: "higher_level", problem: "passkey_unknown" }, ["reason", "problem"]),
  sample("sign-in-again", pages.signInPage, { ...interaction, reason: "again" }, ["reason"]),
  sample("sign-in-new-passkey", pages.signInPage, { ...interaction, party: { ...party, logoUri: "/logos/library.svg" }, reason: "new_passkey" }, ["reason"]),
  sample("account-sign-in", pages.accountSignInPage, { ...page, optionsUrl: "/account/passkey/options", verifyUrl: "/account/passkey", enrolUrl: "/account/enrol", recoverUrl: "/recovery", problem: "sign_in_required" }, ["problem"]),
];

const enrolment: readonly Sample[] = [
  sample("enrol-start", pages.enrolStartPage, { ...start, purpose: "enrol", likelyPhone: true }, ["purpose"]),
  sample("enrol-start-desktop", pages.enrolStartPage, { ...start, purpose: "enrol", likelyPhone: false, problem: "rate_limited" }, ["purpose", "problem"]),
  sample("enrol-start-recover", pages.enrolStartPage, { ...start, purpose: "recover", likelyPhone: true }, ["purpose"]),
  sample("enrol-start-renew", pages.enrolStartPage, { ...start, purpose: "renew", likelyPhone: true }, ["purpose"]),
  sample("enrol-start-step-up", pages.enrolStartPage, { ...start, purpose: "step-up", likelyPhone: true }, ["purpose"]),
  sample("enrol-start-attributes", pages.enrolStartPage, { ...start, purpose: "attributes", likelyPhone: true }, ["purpose"]),
  sample("enrol-progress-same", pages.enrolProgressPage, { ...progress, device: "same", state: "open" }, ["device", "state"]),
  sample("enrol-progress-qr", pages.enrolProgressPage, { ...progress, device: "other", state: "open", qrCode: sampleQrCode }, ["device", "state"]),
  sample("enrol-progress-number", pages.enrolProgressPage, { ...progress, device: "other", state: "claimed", qrCode: sampleQrCode, number: "42" }, ["device", "state"]),
  sample("enrol-progress-proved", pages.enrolProgressPage, { ...progress, device: "other", state: "proved", qrCode: sampleQrCode, minutesLeft: 1 }, ["device", "state"]),
  sample("enrol-progress-complete", pages.enrolProgressPage, { ...progress, device: "other", state: "complete", qrCode: sampleQrCode }, ["device", "state"]),
  sample("enrol-progress-failed", pages.enrolProgressPage, { ...progress, device: "same", state: "failed" }, ["device", "state"]),
  sample("enrol-return", pages.enrolReturnPage, { ...page, returnUrl: "/enrolment/return" }),
  sample("enrol-continue", pages.enrolContinuePage, { ...page, optionsUrl: "/enrolment/continue", passkeyUrl: "/enrolment/continue/passkey" }),
  sample("step-up", pages.stepUpPage, { ...stepUp, why: "authenticator", sameDeviceOnly: true }, ["why"]),
  sample("step-up-identity", pages.stepUpPage, { ...stepUp, why: "identity", sameDeviceOnly: false }, ["why"]),
  sample("step-up-status", pages.stepUpPage, { ...stepUp, why: "status", sameDeviceOnly: false, likelyPhone: false }, ["why"]),
];

const recoveryUrls = { recover: "/recovery/recover", hold: "/recovery/hold", release: "/recovery/release", renew: "/recovery/renew" };
const recoveryStart = { ...page, startUrl: "/recovery/recover", waysUrl: "/recovery", likelyPhone: true };
const renewal = { ...recoveryStart, presentUrl: "/recovery/present", accountUrl: "/account" };
const recovery: readonly Sample[] = [
  sample("recovery-ways", pages.recoveryWaysPage, { ...page, urls: recoveryUrls, accountUrl: "/account" }),
  sample("recovery-recover", pages.recoveryStartPage, { ...recoveryStart, party, purpose: "recover", reviewUrl: "/recovery/review", keepable: [{ id: "P1", number: 1, name: "しごと用の端末", model: "Example Key 5", lastUsedAt: noon }, { id: "P2", number: 3 }] }, ["purpose"]),
  ...(["hold", "release"] as const).map((purpose) => sample(`recovery-${purpose}`, pages.recoveryStartPage, { ...recoveryStart, likelyPhone: false, purpose }, ["purpose"])),
  ...(["nobody", "signed_in", "presented"] as const).map((standing) => sample(`recovery-renew-${standing}`, pages.recoveryRenewPage, { ...renewal, standing }, ["standing"])),
  ...pages.recoveryPurposes.map((purpose) => sample(`recovery-done-${purpose}`, pages.recoveryDonePage, { ...page, purpose, waysUrl: "/recovery", accountUrl: "/account" }, ["purpose"])),
];

const refused = { ...page, party, returnUrl: "/interaction/V1/cancel" };
const outcomes: readonly Sample[] = [
  ...(["certificate_revoked", "certificate_on_hold", "certificate_expired", "status_unavailable", "unmet_authentication_requirements", "person_on_hold", "person_erased"] as const).map((code) =>
    sample(`refused-${code}`, pages.refusedPage, { ...refused, code, ...(code === "person_erased" ? {} : { enrolUrl: "/interaction/V1/enrol" }) }, ["code"]),
  ),
  sample("error", pages.errorPage, { ...page, code: "invalid_request", requestId: "01J9Z3K4", homeUrl: "/", protocolError: { error: "invalid_redirect_uri", description: "redirect_uri did not match any of the client's registered redirect_uris" } }, ["code"]),
  sample("error-retry", pages.errorPage, { ...page, code: "service_unavailable", requestId: "01J9Z3K5", homeUrl: "/", retryUrl: "/interaction/V1", here: "/interaction/V1" }, ["code"]),
  sample("error-limit", pages.errorPage, { ...page, code: "rate_limited", requestId: "01J9Z3K6", homeUrl: "/", retryAfter: 42 }, ["code"]),
  sample("signed-out", pages.signedOutPage, { ...page, back: { party, address: "https://library.example.jp/" }, accountUrl: "/account" }),
  sample("signed-out-alone", pages.signedOutPage, { ...page, accountUrl: "/account" }),
  sample("sign-out-confirm", pages.signOutConfirmPage, { ...page, party, actionUrl: "/session/end/confirm", xsrf: "sample-xsrf", request: "client_id=library" }),
  sample("sign-out-confirm-alone", pages.signOutConfirmPage, { ...page, actionUrl: "/session/end/confirm", xsrf: "sample-xsrf", request: "" }),
];

const shared = { scopes: ["openid", "assurance", "verified_claims", "offline_access"], claims: ["ial", "acr"] };
const every = { scopes: ["openid", "profile", "email", "phone", "address", "loans"], claims: ["name", "birthdate", "gender"], resources: ["api.library.example.jp"] };
const consent: readonly Sample[] = [
  sample("consent", pages.consentPage, { ...page, party, shared, alreadyAllowed: ["openid"], allowUrl: "/interaction/V1/consent", denyUrl: "/interaction/V1/cancel", privacyPolicyUri: "https://library.example.jp/privacy", termsUri: "https://library.example.jp/terms" }),
  sample("consent-verified", pages.consentPage, { ...page, party, shared, verified: { choices: [{ name: "name", essential: true, chosen: false, value: "見本　太郎", substituted: true }, { name: "gender", essential: false, chosen: false, gender: "male" }, { name: "address", essential: false, chosen: true, value: "東京都千代田区見本町一丁目１番１号" }] }, alreadyAllowed: [], allowUrl: "/interaction/V1/consent", denyUrl: "/interaction/V1/cancel" }, ["name", "gender"]),
  sample("consent-verified-not-presented", pages.consentPage, { ...page, party, shared, verified: { choices: [{ name: "birthdate", essential: true, chosen: false }], present: { startUrl: "/interaction/V1/attributes", likelyPhone: true } }, alreadyAllowed: [], allowUrl: "/interaction/V1/consent", denyUrl: "/interaction/V1/cancel" }, ["name"]),
  sample("consent-everything", pages.consentPage, { ...page, party, shared: every, alreadyAllowed: [], allowUrl: "/interaction/V1/consent", denyUrl: "/interaction/V1/cancel" }),
];

const device = { ...page, actionUrl: "/device", xsrf: "sample-xsrf" };
const bindingMessage = "窓口 3番 W4SCT";
const approvals = { ...page, waiting: [], statusUrl: "/approve/status", status: "A1", switchUrl: "/approve/requests", takesRequests: true, accountUrl: "/account" };
const elsewhere: readonly Sample[] = [
  sample("user-code", pages.userCodePage, device),
  ...(["wrong", "expired", "used", "cancelled", "unmet", "failed"] as const).map((problem) => sample(`user-code-${problem}`, pages.userCodePage, { ...device, problem }, ["problem"])),
  sample("device-confirm", pages.deviceConfirmPage, { ...device, party, userCode: "WDJB-MJHT" }),
  sample("device-done", pages.deviceDonePage, { ...page, party, accountUrl: "/account" }),
  sample("approvals", pages.approvalsPage, { ...approvals, waiting: [{ party, bindingMessage, askedAt: noon, url: "/approve/A1" }] }),
  ...(["approved", "denied", "off", "on"] as const).map((notice) => sample(`approvals-${notice}`, pages.approvalsPage, { ...approvals, notice, takesRequests: notice !== "off" }, ["notice"])),
  sample("approve", pages.approvePage, { ...page, party, bindingMessage, shared, askedAt: noon, expiresAt: noon + 600, optionsUrl: "/approve/A1/passkey/options", verifyUrl: "/approve/A1/passkey", denyUrl: "/approve/A1/deny" }),
];

const fronts: readonly Sample[] = [
  sample("home", pages.homePage, { ...page, accountUrl: "/account", metadataUrl: "/.well-known/openid-configuration", trial: { demoServiceUrl: "http://localhost:3100/", demoPhoneUrl: "http://localhost:3200/phone", demoAuthorityUrl: "http://localhost:3200/" } }),
  sample("home-production", pages.homePage, { ...page, sandbox: false, accountUrl: "/account", metadataUrl: "/.well-known/openid-configuration" }),
  sample("phone", pages.phonePage, { ...page, personas: [{ id: "good-phone", name: "青木 さくら", note: "有効なスマートフォン" }, { id: "revoked", name: "石田 健", note: "失効した証明書" }], chosen: "good-phone", personasBase: "/personas", issuers: ["http://localhost:3000"] }),
];

const clientUrls = { listUrl: "/", checkUrl: "/clients/c1/check", rotateUrl: "/clients/c1/rotate", retireUrl: "/clients/c1/retire", removeUrl: "/clients/c1/remove" };
const findings = Object.keys(messagesIn("en").console.findings).map((key) => {
  const [, check = key, outcome] = /^(.*?)_(ok|warning|problem|not_tried)$/.exec(key) ?? [];
  return { check, outcome: outcome as pages.ConsoleFinding["outcome"], finding: "1 ES256 signing key", remedy: "" };
});
const operator: readonly Sample[] = [
  sample("console-open", pages.consoleOpenPage, page),
  sample("console-clients-none", pages.consoleClientsPage, { ...page, clients: [], addUrl: "/clients", problem: "client_id c1 is taken" }),
  sample("console-clients", pages.consoleClientsPage, { ...page, clients: [{ clientId: "c1", name: party.name, redirectUris: ["https://library.example.jp/callback"], authentication: "private_key_jwt", detailsUrl: "/clients/c1" }], addUrl: "/clients" }),
  sample("console-client", pages.consoleClientPage, { ...page, ...clientUrls, name: party.name, members: [{ name: "client_id", value: "c1" }], credential: "secret", made: "secret", problem: "c1 has no secret", findings }, ["check", "outcome", "credential"]),
  sample("console-client-key", pages.consoleClientPage, { ...page, ...clientUrls, name: party.name, members: [], credential: "key" }, ["credential"]),
];

export const samples: readonly Sample[] = [...operator, ...signIn, ...enrolment, ...recovery, ...outcomes, ...consent, ...accounts, ...elsewhere, ...fronts];
