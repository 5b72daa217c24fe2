/** Every page of the demo service with sample data: for the tests, and to be looked at. */
import type { Html } from "../../../views/html.ts";
import { assure, assuranceClaims, chooseAcr, crosswalkDocument, defaultPolicy } from "../../../src/assurance/index.ts";
import type { AssuranceFacts } from "../../../src/assurance/index.ts";
import type { Claims, SignedIn } from "../../../src/sandbox/demo-service/sign-in.ts";
import { parseCrosswalk } from "../../../src/sandbox/demo-service/crosswalk.ts";
import type { Language } from "../../../src/sandbox/demo-service/language.ts";
import type { LogoutEntry } from "../../../src/sandbox/demo-service/logout-log.ts";
import { claimsPage } from "../../../src/sandbox/demo-service/pages/claims.ts";
import { homePage } from "../../../src/sandbox/demo-service/pages/home.ts";
import type { PageContext } from "../../../src/sandbox/demo-service/pages/layout.ts";
import { problemPage, refusalPage } from "../../../src/sandbox/demo-service/pages/problem.ts";
import { problemCodes } from "../../../src/sandbox/demo-service/problem.ts";
import { readingListFor } from "../../../src/sandbox/demo-service/reading-list.ts";
import type { Outcome } from "../../../src/sandbox/demo-service/session.ts";
import { evidence, facts, hardware, now, status, withBoth, withSignature } from "../../assurance/facts.ts";

export const styleSheet = "/style.css";
export const secretToken = "eyJhbGciOiJFUzI1NiJ9.secret.token";
const acr = "urn:jpki-bridge:ial3-aal2";

export const pageContext = (language: Language, path = "/"): PageContext => ({ language, path, styleSheet });

/** The claims that the bridge itself computes from these facts. */
export function bridgeClaims(changes: Partial<AssuranceFacts> = {}): Claims {
  const assurance = assure(facts(changes), now, defaultPolicy);
  const chosen = chooseAcr({ requested: [acr], essential: false }, assurance);
  return { sub: "Zk3vT9qLmX2pRw7dY0sHbA", ...assuranceClaims(assurance, "acr" in chosen ? chosen.acr : "") };
}

export function idTokenClaims(changes: Partial<AssuranceFacts> = {}): Claims {
  return {
    ...bridgeClaims(changes), iss: "http://localhost:3000", aud: "demo-service", iat: now, exp: now + 3600,
    nonce: "n-0S6_WzA2MjwQm3", sid: "s-8uY1kQ", at_hash: "77QmUPtjPfzWtF2AnpK9RQ",
  };
}

export const request = { acr, fresh: false, prompt: false, resource: true, offline: false, language: "ja" } as const;

export function person(changes: Partial<AssuranceFacts> = {}, more: Partial<SignedIn> = {}): SignedIn {
  return {
    subject: "Zk3vT9qLmX2pRw7dY0sHbA", sid: "s-8uY1kQ", idToken: idTokenClaims(changes), userinfo: bridgeClaims(changes), request, at: now, refreshes: 0,
    tokens: { idToken: secretToken, refreshToken: secretToken }, ...more,
  };
}

export const logouts: readonly LogoutEntry[] = [
  { at: now - 60, outcome: { accepted: true, endedSessions: 1 } },
  { at: now - 3600, outcome: { accepted: false, at: "ERR_JWS_SIGNATURE_VERIFICATION_FAILED" } },
];

export const accessTokenClaims = {
  ...idTokenClaims(), client_id: "demo-service", scope: "reading:list", jti: "j-1", aud: "http://localhost:3100/api", cnf: { jkt: "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" },
  sub: "Zk3vT9qLmX2pRw7dY0sHbA", exp: now + 600,
};

const refreshed: Outcome = { kind: "refreshed", rotated: true, changes: [{ path: "ial", before: 3, after: 1 }, { path: "assurance.evidence.status", before: "good", after: "revoked" }, { path: "amr", before: ["swk"], after: undefined }] };
const home = { crosswalk: parseCrosswalk(crosswalkDocument()), signedIn: false, ended: null, logouts: [] };
const claims = (language: Language, who: SignedIn, outcome: Outcome | null = null): Html => claimsPage(pageContext(language, "/claims"), { person: who, outcome, logouts });

export interface Sample {
  readonly name: string;
  readonly show: (language: Language) => Html;
}

export const samples: readonly Sample[] = [
  { name: "home", show: (language) => homePage(pageContext(language), home) },
  { name: "home-unreachable", show: (language) => homePage(pageContext(language), { ...home, crosswalk: null }) },
  { name: "home-ended", show: (language) => homePage(pageContext(language), { ...home, ended: { by: "provider", at: now }, logouts }) },
  { name: "home-signed-out", show: (language) => homePage(pageContext(language), { ...home, ended: { by: "person", at: now } }) },
  { name: "home-not-honoured", show: (language) => homePage(pageContext(language), { ...home, ended: { by: "grant", at: now } }) },
  { name: "home-signed-in", show: (language) => homePage(pageContext(language), { ...home, signedIn: true }) },
  { name: "claims", show: (language) => claims(language, person()) },
  { name: "claims-hardware", show: (language) => claims(language, person({ authenticator: hardware }), { kind: "refreshed", rotated: false, changes: [] }) },
  { name: "claims-card", show: (language) => claims(language, person({ evidence: evidence({ medium: "card" }), session: withSignature("same") })) },
  { name: "claims-phone-signature", show: (language) => claims(language, person({ session: withSignature("same") })) },
  { name: "claims-both", show: (language) => claims(language, person({ session: withBoth("same") }, { request: { ...request, acr: null, resource: false } })) },
  { name: "claims-revoked", show: (language) => claims(language, person({ evidence: evidence({ status: status({ status: "revoked" }) }) }, { refreshes: 2 }), refreshed) },
  { name: "claims-nothing", show: (language) => claims(language, person({ evidence: null }, { userinfo: { sub: "other", strange: { inside: ["x"] } } })) },
  { name: "claims-resource", show: (language) => claims(language, person(), { kind: "resource", answer: { status: 200, body: readingListFor(accessTokenClaims, now) } }) },
  { name: "claims-resource-refused", show: (language) => claims(language, person(), { kind: "resource", answer: { status: 503, body: {} } }) },
  { name: "claims-problem", show: (language) => claims(language, person(), { kind: "problem", problem: { code: "invalid_grant", answer: { error: "invalid_grant", description: "grant request is invalid" } } }) },
  ...problemCodes.map((code) => ({ name: `problem-${code}`, show: (language: Language) => problemPage(pageContext(language), { code, answer: { error: code, description: "said the provider" } }) })),
  { name: "refusal", show: (language) => refusalPage(pageContext(language), "cross_site_request") },
];
