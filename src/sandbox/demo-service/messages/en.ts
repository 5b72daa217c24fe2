import type { ClaimGroup } from "../explanations.ts";
import type { Requirement } from "../crosswalk.ts";
import type { Summary } from "../summary.ts";
import { evidenceKinds } from "../value-words.ts";
import type { Messages } from "./index.ts";

const evidenceSentence = ({ evidence, ial }: Summary, day: (seconds: number) => string): string => {
  if (evidence === null) return "Nothing backs this person's identity at present.";
  const kind = evidence.kind === "jpki_signature" ? evidenceKinds.jpki_signature.en : evidenceKinds.jpki_user_authentication.en;
  const place = evidence.medium === "card" ? "on a My Number Card" : "in a smartphone";
  if (ial === 1) return `This person was verified on ${day(evidence.verified_at)} with a ${kind} ${place}, but that no longer counts.`;
  return `This person was verified on ${day(evidence.verified_at)} with a ${kind} ${place}.`;
};

const authenticationSentence = ({ authenticator, signed }: Summary): string => {
  if (authenticator === null) return "How they signed in was not told.";
  if (authenticator.kind === "jpki_card") return "They signed in with the certificate on the card itself.";
  if (authenticator.kind === "jpki_smartphone") return "They signed in with the certificate in the smartphone itself.";
  const passkey = authenticator.backup_eligible ? "a passkey that can be synced" : "a passkey that never leaves its device";
  return signed ? `They signed in with ${passkey}, and with a signature by the certificate.` : `They signed in with ${passkey}.`;
};

const requirementWords = ({ ial, aal, phishing_resistant, hardware_bound, status_checked_now }: Requirement): string =>
  [
    ial !== undefined && `identity ${ial}`,
    aal !== undefined && `authentication ${aal}`,
    hardware_bound && "hardware-bound key",
    phishing_resistant && "phishing resistant",
    status_checked_now && "revocation checked now",
  ].filter(Boolean).join(", ");

const groups: Readonly<Record<ClaimGroup, string>> = {
  levels: "Levels",
  authentication: "Sign-in",
  evidence: "What backs the identity",
  authenticator: "What was used",
  binding: "How the passkey was bound",
  protocol: "Book-keeping",
};

export const en: Messages = {
  frame: {
    service: "Komorebi Library",
    tagline: "an imaginary library to try sign-in with",
    skip: "Skip to content",
    banner: "This is a sandbox: an imaginary service, with no real personal data.",
    otherLanguage: "日本語",
    otherLanguageLabel: "日本語に切り替える",
    footer: "This service never asks for your My Number (12 digits).",
  },
  home: {
    title: "Welcome to Komorebi Library",
    lead: "Sign in to see the books you have borrowed. No password needed.",
    signIn: "Sign in",
    level: "Level of assurance to ask for",
    levelHint: "You get back what was really reached. If it falls short, it is put right on the way.",
    noLevel: "None in particular",
    options: "More conditions",
    resource: "Use the list of borrowed books too",
    resourceHint: "Asks for an access token for this library's API.",
    fresh: "Authenticate anew, now",
    freshHint: "Asks with max_age=0.",
    prompt: "Always show the sign-in page",
    promptHint: "Asks with prompt=login.",
    offline: "Stay connected after sign-out",
    offlineHint: "Asks for offline_access. The provider will ask for your consent.",
    signedInTitle: "You are signed in",
    signedInText: "You can look again at what was established at any time.",
    showClaims: "See what arrived",
    again: "Sign in again on other conditions",
    unreachableTitle: "The provider does not answer",
    unreachableText: "It may not have started yet, or it has stopped. Please wait a little and try again.",
    retry: "Try again",
    endedTitle: "You are signed out",
    endedBy: {
      person: () => "You have signed out of this library.",
      provider: (time) => `On ${time} the provider sent a logout notice, so your visit here has ended.`,
      grant: () => "The provider no longer honours this sign-in: it was ended by sign-out, by the certificate's revocation, or by time.",
    },
    requirementWords,
  },
  claims: {
    title: "You are signed in",
    summaryTitle: "What was established",
    evidenceSentence,
    authenticationSentence,
    authenticatedAt: (time) => `They were last authenticated on ${time}.`,
    levels: { ial: "Identity", aal: "Authentication", fal: "Federation" },
    levelOf: (level) => `${level} of 3`,
    actionsTitle: "Try it",
    resource: "See borrowed books",
    resourceHint: "Calls the API with an access token.",
    refresh: "Bring up to date",
    refreshHint: "Refreshes the tokens. If the certificate was revoked meanwhile, the sign-in ends here.",
    stepUp: "Reach a higher level",
    stepUpHint: "Goes back to the provider and asks for the highest level.",
    signOut: "Sign out",
    refreshed: "This is now up to date.",
    rotated: "The refresh token was replaced by a new one; the old one is worth nothing now.",
    notRotated: "The refresh token is the same as before.",
    unchanged: "Nothing in what arrived has changed.",
    changed: "What changed",
    nothing: "none",
    booksTitle: "Borrowed books",
    due: (day) => `until ${day}`,
    tokenTold: "The token that the API was shown said:",
    apiRefused: (status) => `The API refused this call (${status}).`,
    idToken: "ID token",
    idTokenHint: "Came signed, as the result of the sign-in.",
    userinfo: "Userinfo",
    userinfoHint: "Came in answer to a question asked with the access token.",
    differs: "not as in the ID token",
    unexplained: "A claim that this demo does not know.",
    groups,
    session: "About this sign-in",
    askedFor: "Level asked for",
    asked: "Conditions",
    receivedAt: "Arrived",
    refreshes: "Refreshes",
    times: (count) => String(count),
    bound: "Bound to",
    boundText: "A key of this library (DPoP): the tokens are of no use elsewhere.",
  },
  logouts: {
    title: "Logout notices received",
    hint: "One arrives when you sign out at the provider. The list is the same for every visitor.",
    empty: "None so far.",
    accepted: (count) => ["Accepted; no visit was left to end", "Accepted; ended one visit"][count] ?? `Accepted; ended ${count} visits`,
    refused: (at) => `Refused as not genuine (${at})`,
  },
  problems: {
    title: "You could not be signed in",
    again: "Sign in again",
    answer: "The provider's answer",
  },
  refusals: { title: "We could not go on", home: "Back to the start" },
};
