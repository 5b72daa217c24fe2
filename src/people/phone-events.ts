import type { LifecycleEvent } from "./announcements.ts";

/**
 * The seven things that happen to a phone with a certificate in it, and what each does. docs/lifecycle.md
 * shows it as a table; a test does each act and compares what services hear.
 */

type Credential = Extract<LifecycleEvent, { kind: "credential_changed" }>;
/** An event in short. */
export type Heard = Exclude<LifecycleEvent["kind"], "credential_changed"> | `${Credential["credential"]} ${Credential["change"]}`;

/** Something that somebody does, or that the watcher finds. */
export interface Act {
  readonly who: string;
  readonly proof: string;
  readonly falls: string;
  readonly stays: string;
  readonly hears: readonly Heard[];
}

export const acts = {
  recover: {
    who: "the person, on the new phone",
    proof: "a fresh JPKI signature, by the phone's certificate or the card's",
    falls: "the passkeys before it but those the person keeps, sessions, grants, a hold that a signature lifts; an earlier certificate that the new one replaces",
    stays: "the person, every pseudonym, every consent",
    hears: ["recovery_activated", "passkey create", "passkey revoke", "sessions_ended"],
  },
  hold: {
    who: "the person, from any passkey or on any device; the operator, on the phone",
    proof: "a passkey used in the last five minutes; a JPKI signature; for the operator a reason, which is written down",
    falls: "sign-in, sessions, codes, opaque access tokens",
    stays: "grants and refresh tokens, which count for nothing meanwhile; passkeys and certificates",
    hears: ["account_disabled", "assurance_level_changed", "sessions_ended"],
  },
  release: {
    who: "the person; the operator, where only the operator lifts the hold",
    proof: "a JPKI signature by a certificate that speaks for the person; for the operator a reason, which is written down",
    falls: "the hold",
    stays: "grants and refresh tokens, which count again; passkeys suspended by themselves",
    hears: ["account_enabled", "assurance_level_changed"],
  },
  suspend_passkey: {
    who: "the person",
    proof: "another passkey, used in the last five minutes",
    falls: "that passkey until a JPKI signature on its phone, or where a card made it a second one by the card, sessions, grants",
    stays: "other passkeys, certificates",
    hears: ["passkey update", "sessions_ended"],
  },
  erase_phone: {
    who: "the person, on the phone or from afar",
    proof: "a passkey used in the last five minutes",
    falls: "every passkey made with the certificate in that phone or one it was renewed from or to there, these certificates, what its signature certificate states, sessions, grants",
    stays: "the person, pseudonyms, consents, the card, and other phones; but where nobody can tell whether a later certificate is in the same phone, it ends too, and is presented again",
    hears: ["passkey revoke", "certificate revoke", "assurance_level_changed", "sessions_ended"],
  },
  certificate_revoked: {
    who: "the authority that issued the certificate",
    proof: "its CRL, or its OCSP responder's answer",
    falls: "identity assurance to level 1, sessions, grants",
    stays: "passkeys, which sign in at level 1; the person, pseudonyms, consents",
    hears: ["certificate revoke", "assurance_level_changed", "sessions_ended"],
  },
} as const satisfies Record<string, Act>;

export type ActName = keyof typeof acts;

export interface PhoneEvent {
  readonly happens: string;
  /** What is done, in this order. */
  readonly acts: readonly ActName[];
}

export const phoneEvents = {
  model_change: { happens: "Model change: a new phone, with a certificate under another serial number", acts: ["recover"] },
  contract_cancelled: { happens: "Contract cancelled: the certificate in the phone is revoked", acts: ["certificate_revoked", "recover"] },
  failure: { happens: "Failure: the phone no longer starts", acts: ["recover"] },
  loss: { happens: "Loss: the phone is gone for good", acts: ["hold", "certificate_revoked", "recover"] },
  temporary_loss: { happens: "Temporary loss: it may be found", acts: ["hold", "suspend_passkey", "release"] },
  resale: { happens: "Transfer or resale: somebody else gets the phone", acts: ["erase_phone", "recover"] },
  card_revoked: { happens: "The card's certificate is revoked: a move, a marriage, a new card", acts: ["certificate_revoked", "recover"] },
} as const satisfies Record<string, PhoneEvent>;
